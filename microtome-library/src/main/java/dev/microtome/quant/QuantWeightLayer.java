package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A layer with a weight, and quantizers for the weight, the bias, the input and the output. When
/// input and weight are on grids, so is the result.
public abstract sealed class QuantWeightLayer extends QuantLayer<Tensor>
    permits QuantLinear, QuantConv1D, QuantConvolution, QuantScaleBias {
  private final WeightSettings settings;
  private final TensorSlot weight;
  private final TensorSlot bias;
  private final @Nullable ActQuant inputQuant;
  private final @Nullable WeightQuant weightQuant;
  private final @Nullable BiasQuant biasQuant;
  private final @Nullable ActQuant outputQuant;

  /// @param weight the weight to begin with
  /// @param bias the bias to begin with, or null
  /// @param outputDim the dimension of the weight that output channels lie along
  QuantWeightLayer(WeightSettings settings, Tensor weight, @Nullable Tensor bias, int outputDim) {
    super(settings.returnQuantTensor());
    this.settings = settings;
    this.weight = parameter("weight", weight);
    this.bias = bias == null ? absentParameter("bias") : parameter("bias", bias);
    inputQuant = liveChild("input_quant", settings.input());
    weightQuant =
        settings.weight() == null
            ? null
            : child("weight_quant", WeightQuant.live(settings.weight(), this.weight, outputDim));
    biasQuant =
        settings.bias() == null
            ? null
            : child(
                "bias_quant",
                new BiasQuant(
                    settings.bias(),
                    weight.size(outputDim),
                    this instanceof QuantLinear || this instanceof QuantConv1D));
    outputQuant = liveChild("output_quant", settings.output());
  }

  /// What the layer computes, of tensors that may know their grids.
  abstract Tensor compute(Tensor x, Tensor weight, @Nullable Tensor bias);

  /// Refuses what does not fit, before a quantizer has seen it.
  abstract void check(Tensor x);

  @Override
  protected final Tensor forward(Tensor x) {
    check(x);
    Tensor in = onGrid(inputQuant, x);
    Tensor w = quantWeight();
    ActQuant last = outputQuant != null && outputQuant.isEnabled() ? outputQuant : null;
    boolean needsGrid = returnsQuantTensor() && last == null;
    if (needsGrid && !(in instanceof QuantTensor && w instanceof QuantTensor)) {
      throw misconfigured(in);
    }
    Tensor b = quantBias(in, w);
    Tensor y =
        needsGrid
            ? compute(in, w, b)
            : compute(
                QuantTensor.valueOf(in),
                QuantTensor.valueOf(w),
                b == null ? null : QuantTensor.valueOf(b));
    return packed(
        last == null ? y : last.apply(y),
        ", but no grid is known for its sums: input and weight need scales that go together, and no"
            + " zero point; or add an output quantizer");
  }

  /// The layer without its quantizers, of any input.
  final Tensor plain(Tensor x) {
    return compute(QuantTensor.valueOf(x), weight.get(), bias.orNull());
  }

  private @Nullable Tensor quantBias(Tensor in, Tensor w) {
    Tensor b = bias.orNull();
    return b == null || biasQuant == null || !biasQuant.isEnabled()
        ? b
        : biasQuant.apply(new BiasQuant.Input(b, in, w));
  }

  private IllegalArgumentException misconfigured(Tensor in) {
    return new IllegalArgumentException(
        "%s\n%s shall return a QuantTensor, but its %s is a plain tensor: add %s"
            .formatted(
                MISCONFIGURED,
                where(),
                in instanceof QuantTensor ? "weight" : "input",
                in instanceof QuantTensor
                    ? "a weight quantizer, or an output quantizer"
                    : "an input quantizer, an output quantizer, or let the layer before return"
                        + " QuantTensors"));
  }

  /// The weight as the layer uses it: a [QuantTensor] unless its quantizer is missing or off.
  public final Tensor quantWeight() {
    return weightQuant == null || !weightQuant.isEnabled()
        ? weight.get()
        : weightQuant.apply(weight.get());
  }

  // Not an override of LinearLike here: subclasses decide what their weight is.
  public final Tensor weight() {
    return weight.get();
  }

  public final @Nullable Tensor bias() {
    return bias.orNull();
  }

  /// Gives the layer a bias, in place of the one it has if it has one.
  final void bias(Tensor next) {
    if (bias.isPresent()) {
      bias.get().copy_(next);
    } else {
      bias.set(next.detach().requiresGrad_(true));
    }
  }

  public final @Nullable ActQuant inputQuant() {
    return inputQuant;
  }

  public final @Nullable WeightQuant weightQuant() {
    return weightQuant;
  }

  public final @Nullable BiasQuant biasQuant() {
    return biasQuant;
  }

  public final @Nullable ActQuant outputQuant() {
    return outputQuant;
  }

  public final WeightSettings settings() {
    return settings;
  }

  /// The end of the description.
  final String suffix() {
    return settings.returnQuantTensor() ? ", return_quant_tensor=True" : "";
  }
}
