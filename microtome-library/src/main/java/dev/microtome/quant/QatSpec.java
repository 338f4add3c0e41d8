package dev.microtome.quant;

import dev.microtome.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What [Quantize] puts where.
///
/// ```java
/// QatSpec.integers(4)                                  // 4 bits for everything that is multiplied
///     .at("conv1", QatSpec.integers(8))                // 8 bits there
///     .except("transformer.h.*.attn")                  // floating point there, and below
///     .put(MyLinear.class, my -> new MyQuantLinear(my))
/// ```
///
/// @param weight of linear, convolutional and recurrent layers; null leaves them as they are
/// @param bias of those; null leaves biases as they are
/// @param input of those that get numbers off any grid, and of hidden states; null for none
/// @param signed after `Tanh` and `Hardtanh`, inside recurrent layers also of sums and cell states;
///   null leaves them as they are
/// @param unsigned after `ReLU` and `Sigmoid`, also inside recurrent layers; null leaves them
/// @param table of embeddings; null leaves them as they are
/// @param mergeBatchNorms whether batch norms behind convolutions of a sequence are folded in
/// @param rules what holds for some layers in particular, the last one of those that fit
public record QatSpec(
    @Nullable Quantizer weight,
    @Nullable Quantizer bias,
    @Nullable Quantizer input,
    @Nullable Quantizer signed,
    @Nullable Quantizer unsigned,
    @Nullable Quantizer table,
    boolean mergeBatchNorms,
    List<QatRule> rules) {
  public QatSpec {
    rules = List.copyOf(rules);
  }

  /// Weights alone, a scale for each output channel.
  public static QatSpec weights(int bits) {
    return new QatSpec(
        Quantizers.Int8WeightPerChannelFloat.withBits(bits),
        null,
        null,
        null,
        null,
        null,
        false,
        List.of());
  }

  /// Weights and what goes into them: products are of integers then.
  public static QatSpec weightsAndInputs(int bits) {
    return weights(bits).withInput(Quantizers.Int8ActPerTensorFloat.withBits(bits));
  }

  /// Weights, inputs, activation functions in so many bits, and biases on the grid of the sums:
  /// what hardware without floating point computes.
  public static QatSpec integers(int bits) {
    return weightsAndInputs(bits)
        .withBias(Quantizers.Int32Bias)
        .withActivations(
            Quantizers.Int8ActPerTensorFloat.withBits(bits),
            Quantizers.Uint8ActPerTensorFloat.withBits(bits));
  }

  public QatSpec withWeight(@Nullable Quantizer next) {
    return new QatSpec(next, bias, input, signed, unsigned, table, mergeBatchNorms, rules);
  }

  /// Biases on the accumulator's grid stay as they are where the input is on no grid.
  public QatSpec withBias(@Nullable Quantizer next) {
    return new QatSpec(weight, next, input, signed, unsigned, table, mergeBatchNorms, rules);
  }

  public QatSpec withInput(@Nullable Quantizer next) {
    return new QatSpec(weight, bias, next, signed, unsigned, table, mergeBatchNorms, rules);
  }

  /// Quantizers after activation functions.
  public QatSpec withActivations(@Nullable Quantizer ofSigned, @Nullable Quantizer ofUnsigned) {
    return new QatSpec(weight, bias, input, ofSigned, ofUnsigned, table, mergeBatchNorms, rules);
  }

  /// A quantizer for embeddings.
  public QatSpec withTable(@Nullable Quantizer next) {
    return new QatSpec(weight, bias, input, signed, unsigned, next, mergeBatchNorms, rules);
  }

  /// Folds a batch norm that follows a convolution in a sequence into it: for networks that are
  /// trained already.
  public QatSpec mergingBatchNorms() {
    return new QatSpec(weight, bias, input, signed, unsigned, table, true, rules);
  }

  private QatSpec and(QatRule rule) {
    var all = new ArrayList<>(rules);
    all.add(rule);
    return new QatSpec(weight, bias, input, signed, unsigned, table, mergeBatchNorms, all);
  }

  /// Another spec for the layer of this path and all below it. `*` stands for a name or part of
  /// one, `**` for any number of names.
  public QatSpec at(String path, QatSpec spec) {
    return and(new QatRule.Use(QatRule.Place.path(path), spec));
  }

  /// Another spec for layers of a type.
  public QatSpec at(Class<? extends Layer<?, ?>> type, QatSpec spec) {
    return and(new QatRule.Use(QatRule.Place.type(type), spec));
  }

  /// Leaves the layer of this path and all below it as they are; `*` and `**` as above.
  public QatSpec except(String path) {
    return and(new QatRule.Except(QatRule.Place.path(path)));
  }

  /// Leaves layers of a type as they are.
  public QatSpec except(Class<? extends Layer<?, ?>> type) {
    return and(new QatRule.Except(QatRule.Place.type(type)));
  }

  /// Leaves layers as they are for which this does not hold.
  public QatSpec only(BiPredicate<String, Layer<?, ?>> condition) {
    return and(new QatRule.Except(new QatRule.Place("a condition", condition.negate())));
  }

  /// Exchanges layers of a type for what `make` makes of them; they are of the same function type.
  public <L extends Layer<?, ?>> QatSpec put(
      Class<L> type, Function<? super L, ? extends @Nullable Layer<?, ?>> make) {
    return and(new QatRule.Put(QatRule.Place.type(type), layer -> make.apply(type.cast(layer))));
  }
}
