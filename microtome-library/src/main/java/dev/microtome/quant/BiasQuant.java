package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The quantizer of a bias: on the grid of the sums it is added to, or on one of its own.
public final class BiasQuant extends Layer<BiasQuant.Input, Tensor> {
  /// The bias, and what is multiplied before it is added.
  public record Input(Tensor bias, Tensor input, Tensor weight) {}

  private final Quantizer quantizer;
  private final long size;
  private final boolean linear;
  private final @Nullable WeightQuant own;
  private final @Nullable FakeQuantize onAccumulator;
  private boolean enabled = true;

  /// @param size how many numbers the bias has
  /// @param linear whether channels lie along the last dimension, as in linear layers
  public BiasQuant(Quantizer quantizer, long size, boolean linear) {
    this.quantizer = quantizer;
    this.size = size;
    this.linear = linear;
    boolean external = quantizer.scaling() instanceof Scaling.OfAccumulator;
    own = external ? null : child("own", WeightQuant.ofBias(quantizer, size));
    onAccumulator =
        external ? FakeQuantize.to(quantizer.range(), quantizer.rounding(), false, false) : null;
  }

  @Override
  protected Tensor forward(Input in) {
    if (own != null) {
      return own.apply(in.bias());
    }
    if (!(in.input() instanceof QuantTensor input && in.weight() instanceof QuantTensor weight)) {
      throw new IllegalArgumentException(
          "Input scale required\n%s lies on the grid of the sums it is added to, so input and weight"
                  .formatted(where())
              + " must be quantized: give the layer an input quantizer, or let the layer before"
              + " return QuantTensors");
    }
    Tensor product = Accumulator.scale(input, weight, linear);
    if (product == null) {
      throw new IllegalArgumentException(
          "Input scale required\n%s: the scales of input %s and weight %s do not go together"
              .formatted(where(), input.scale().shape(), weight.scale().shape()));
    }
    Tensor scale = product.reshape(-1);
    FakeQuantize function = java.util.Objects.requireNonNull(onAccumulator);
    return new QuantTensor(
        function.apply(in.bias(), scale),
        scale,
        Tensor.scalar(0f),
        Tensor.scalar((float) quantizer.bits()),
        quantizer.signed(),
        isTraining());
  }

  public Quantizer quantizer() {
    return quantizer;
  }

  public boolean isEnabled() {
    return enabled;
  }

  /// Switches this quantizer off and on again.
  public void enable(boolean on) {
    enabled = on;
  }

  @Override
  protected BiasQuant twin() {
    return new BiasQuant(quantizer, size, linear);
  }

  @Override
  protected String describe() {
    return own != null ? "" : quantizer.bitWidth() + ", scale: that of the accumulator";
  }
}
