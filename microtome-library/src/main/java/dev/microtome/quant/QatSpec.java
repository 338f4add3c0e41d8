package dev.microtome.quant;

import dev.microtome.nn.Layer;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// What [Quantize] puts where.
///
/// @param weight of every linear layer, convolution and embedding
/// @param bias of linear layers and convolutions; null leaves biases as they are
/// @param input in front of every linear layer and convolution; null for none
/// @param signed after `Tanh` and `Hardtanh`; null leaves them as they are
/// @param unsigned after `ReLU` and `Sigmoid`; null leaves them as they are
/// @param wanted which layers, by path and layer
public record QatSpec(
    Quantizer weight,
    @Nullable Quantizer bias,
    @Nullable Quantizer input,
    @Nullable Quantizer signed,
    @Nullable Quantizer unsigned,
    BiPredicate<String, Layer<?, ?>> wanted) {
  /// Weights alone, a scale for each output channel.
  public static QatSpec weights(int bits) {
    return new QatSpec(
        Quantizers.Int8WeightPerChannelFloat.withBits(bits),
        null,
        null,
        null,
        null,
        (_, _) -> true);
  }

  /// Weights and what goes into them: products are of integers then.
  public static QatSpec weightsAndInputs(int bits) {
    return weights(bits).withInput(Quantizers.Int8ActPerTensorFloat.withBits(bits));
  }

  public QatSpec withWeight(Quantizer next) {
    return new QatSpec(next, bias, input, signed, unsigned, wanted);
  }

  /// Biases on the accumulator's grid need quantized inputs too.
  public QatSpec withBias(@Nullable Quantizer next) {
    return new QatSpec(weight, next, input, signed, unsigned, wanted);
  }

  public QatSpec withInput(@Nullable Quantizer next) {
    return new QatSpec(weight, bias, next, signed, unsigned, wanted);
  }

  /// Quantizers after activation functions.
  public QatSpec withActivations(@Nullable Quantizer ofSigned, @Nullable Quantizer ofUnsigned) {
    return new QatSpec(weight, bias, input, ofSigned, ofUnsigned, wanted);
  }

  /// Leaves layers as they are whose path is this, or lies below it.
  public QatSpec except(String path) {
    return only((own, _) -> !own.equals(path) && !own.startsWith(path + "."));
  }

  /// Leaves layers of a type as they are.
  public QatSpec except(Class<? extends Layer<?, ?>> type) {
    return only((_, layer) -> !type.isInstance(layer));
  }

  /// Leaves layers as they are for which this does not hold.
  public QatSpec only(BiPredicate<String, Layer<?, ?>> condition) {
    return new QatSpec(weight, bias, input, signed, unsigned, wanted.and(condition));
  }

  WeightSettings settings() {
    return new WeightSettings(weight, bias, input, null, false);
  }
}
