package dev.microtome.quant;

import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvTranspose1d;
import dev.microtome.nn.ConvTranspose2d;
import dev.microtome.nn.Convolution;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Hardtanh;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sigmoid;
import dev.microtome.nn.Tanh;
import org.jspecify.annotations.Nullable;

/// The quantized form of a plain layer, without its numbers, which it shares later; a recurrent one
/// has copies of them. One case for each type that has one.
///
/// @param spec what to quantize how
/// @param fed whether the input is on a grid already
/// @param feeding whether the result is wanted as a [QuantTensor]
record QuantForm(QatSpec spec, boolean fed, boolean feeding) {
  /// The form, or null when the spec has no quantizer for it, or there is none.
  @Nullable Layer<?, ?> of(Layer<?, ?> layer) {
    return switch (layer) {
      case Linear _, Conv1D _, Convolution _ -> spec.weight() == null ? null : weighty(layer);
      case Embedding table when spec.table() != null ->
          new QuantEmbedding(
              table.count(), table.width(), table.paddingIndex(), spec.table(), false);
      case Lstm lstm when spec.weight() != null && isPlainLstm(lstm) -> recurrent(lstm);
      case ReLU _ when spec.unsigned() != null -> new QuantReLU(act(spec.unsigned()));
      case Sigmoid _ when spec.unsigned() != null -> new QuantSigmoid(act(spec.unsigned()));
      case Tanh _ when spec.signed() != null -> new QuantTanh(act(spec.signed()));
      case Hardtanh clamp when spec.signed() != null -> hardtanh(clamp, spec.signed());
      default -> null;
    };
  }

  static boolean hasWeight(Layer<?, ?> layer) {
    return layer instanceof Linear || layer instanceof Conv1D || layer instanceof Convolution;
  }

  /// Whether a quantized one can do what this one does.
  private static boolean isPlainLstm(Lstm lstm) {
    return lstm.settings().dropout() == 0 && lstm.settings().projection() == 0;
  }

  private QuantLstm recurrent(Lstm lstm) {
    Quantizer signed = spec.signed();
    var settings =
        new QuantRnnSettings(
            spec.weight(),
            biasOn(spec.input() != null),
            spec.input(),
            signed,
            spec.unsigned(),
            signed,
            signed,
            false);
    var form = new QuantLstm(lstm.inputSize(), lstm.hiddenSize(), lstm.settings(), settings);
    form.loadMatching(form.fromPlain("", lstm.stateDict()));
    return form;
  }

  static boolean isActivation(Layer<?, ?> layer) {
    return layer instanceof ReLU
        || layer instanceof Sigmoid
        || layer instanceof Tanh
        || layer instanceof Hardtanh;
  }

  /// Why the spec leaves such a layer as it is.
  String reason(Layer<?, ?> layer) {
    if (hasWeight(layer)) {
      return "the spec has no quantizer for weights";
    }
    if (isActivation(layer)) {
      return "the spec has no quantizer for activation functions";
    }
    return switch (layer) {
      case Embedding _ -> "the spec has no quantizer for tables";
      case Lstm lstm ->
          spec.weight() == null
              ? "the spec has no quantizer for weights"
              : "has %s, which the quantized form has not"
                  .formatted(
                      lstm.settings().projection() > 0 ? "a projection" : "dropout between layers");
      case BatchNorm2d _ -> "normalizes: mergingBatchNorms() or MergeBatchNorm fold it in";
      default ->
          layer.namedParameters().isEmpty()
              ? "has nothing to quantize"
              : "has no quantized form here: put(%s.class, …) gives it one"
                  .formatted(layer.getClass().getSimpleName());
    };
  }

  private ActSettings act(Quantizer quantizer) {
    ActSettings settings = ActSettings.of(quantizer);
    return feeding ? settings.returningQuantTensor() : settings;
  }

  private QuantHardTanh hardtanh(Hardtanh clamp, Quantizer quantizer) {
    Quantizer bounded =
        Quantizers.Int8ActPerTensorFloatMinMaxInit(clamp.min(), clamp.max())
            .withBits(quantizer.bits());
    return new QuantHardTanh(clamp.min(), clamp.max(), act(bounded));
  }

  private WeightSettings settings() {
    Quantizer bias = biasOn(fed || spec.input() != null);
    return new WeightSettings(spec.weight(), bias, fed ? null : spec.input(), null, false);
  }

  /// The quantizer of biases, where the input is on a grid if it needs that.
  private @Nullable Quantizer biasOn(boolean grid) {
    Quantizer bias = spec.bias();
    boolean needsGrid = bias != null && bias.scaling() instanceof Scaling.OfAccumulator;
    return needsGrid && !grid ? null : bias;
  }

  private Layer<?, ?> weighty(Layer<?, ?> layer) {
    return switch (layer) {
      case Linear linear ->
          new QuantLinear(
              linear.inFeatures(), linear.outFeatures(), linear.bias() != null, settings());
      case Conv1D turned -> new QuantConv1D(turned.outFeatures(), turned.inFeatures(), settings());
      case Convolution conv -> convolution(conv, settings());
      default -> throw new IllegalArgumentException(layer.where() + " has no weight");
    };
  }

  private static QuantConvolution convolution(Convolution conv, WeightSettings settings) {
    long in = conv.inChannels();
    long out = conv.outChannels();
    return switch (conv) {
      case Conv1d _ -> new QuantConv1d(in, out, conv.kernel(), conv.settings(), settings);
      case Conv2d _ -> new QuantConv2d(in, out, conv.kernel(), conv.settings(), settings);
      case ConvTranspose1d _ ->
          new QuantConvTranspose1d(in, out, conv.kernel(), conv.settings(), settings);
      case ConvTranspose2d _ ->
          new QuantConvTranspose2d(in, out, conv.kernel(), conv.settings(), settings);
    };
  }
}
