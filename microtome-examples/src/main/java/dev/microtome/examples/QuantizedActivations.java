package dev.microtome.examples;

import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.ShiftedUint8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;

import dev.microtome.quant.ActSettings;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantHardTanh;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantSigmoid;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;

/// Brevitas' notebook on quantized activations, cell by cell: what it prints with this seed is
/// printed here, but for the layer trees and the two errors, which say the same in our own words.
public final class QuantizedActivations {
  private static final double RTOL = 1e-5;
  private static final double ATOL = 1e-8;

  private static final WeightSettings OUTPUT =
      WeightSettings.DEFAULT.withOutput(Int8ActPerTensorFloat);

  private static Tensor input = Tensor.scalar(0);

  private QuantizedActivations() {}

  public static void main(String[] args) {
    conv();
    QuantTensor quantized = identity();
    relu(quantized);
    shifted();
    convThenRelu();
    Tensor[] batches = {Tensor.randn(3, 3), Tensor.randn(3, 3)};
    trainingAndEvaluation(batches);
    hardTanh(batches);
    perChannel();
  }

  /// Prints a condition, which must hold.
  private static void check(Object condition, boolean holds) {
    if (!holds) {
      throw new AssertionError(condition);
    }
    System.out.println(condition);
  }

  private static void check(boolean condition) {
    check(condition ? "True" : "False", condition);
  }

  private static void check(Tensor condition) {
    check(condition, condition.all().toBooleans()[0]);
  }

  private static boolean close(Tensor a, Tensor b) {
    return a.isClose(b, RTOL, ATOL).all().toBooleans()[0];
  }

  // ---- a quantizer in a layer, or as a layer of its own ----

  private static void conv() {
    Torch.manualSeed(0);
    var outputQuant = new QuantConv2d(2, 3, 3, OUTPUT);
    Torch.manualSeed(0); // the same weights again
    var plain = new QuantConv2d(2, 3, 3);
    var identity = new QuantIdentity();
    input = Tensor.randn(1, 2, 5, 5);
    check(close(outputQuant.apply(input), identity.apply(plain.apply(input))));

    Torch.manualSeed(0);
    var both = new QuantConv2d(2, 3, 3, OUTPUT.withInput(Int8ActPerTensorFloat));
    Torch.manualSeed(0);
    plain = new QuantConv2d(2, 3, 3);
    var before = new QuantIdentity();
    var after = new QuantIdentity();
    input = Tensor.randn(1, 2, 5, 5);
    check(close(both.apply(input), after.apply(plain.apply(before.apply(input)))));
  }

  private static QuantTensor identity() {
    var disabled = new QuantIdentity(ActSettings.NONE);
    check(input.equal(disabled.apply(input)));

    var returning = new QuantIdentity(returning(Int8ActPerTensorFloat));
    QuantTensor quantized = QuantTensor.of(returning.apply(input));
    System.out.println(quantized);
    check(quantized.isValid());

    System.out.println(disabled.apply(quantized)); // without its grid
    var handingOn = new QuantIdentity(ActSettings.NONE.returningQuantTensor());
    System.out.println(handingOn.apply(quantized)); // with it
    return quantized;
  }

  private static ActSettings returning(dev.microtome.quant.Quantizer quantizer) {
    return ActSettings.of(quantizer).returningQuantTensor();
  }

  // ---- functions ----

  private static void relu(QuantTensor quantized) {
    System.out.println(new QuantReLU(returning(Uint8ActPerTensorFloat)).apply(input));

    var disabled = new QuantReLU(ActSettings.NONE.returningQuantTensor());
    QuantTensor kept = QuantTensor.of(disabled.apply(quantized));
    check(kept.isValid());
    check(kept.scale().eq(quantized.scale()));
    check(kept.zeroPoint().eq(quantized.zeroPoint()));
    check(kept.bitWidth().eq(quantized.bitWidth()));

    try {
      var _ = new QuantSigmoid(ActSettings.NONE.returningQuantTensor());
      throw new AssertionError("a sigmoid can't keep a grid");
    } catch (IllegalArgumentException refused) {
      System.out.println(refused.getMessage()); // when it is built, not when it first runs
    }
  }

  private static void shifted() {
    var identity = new QuantIdentity(returning(ShiftedUint8ActPerTensorFloat));
    var relu = new QuantReLU(ActSettings.NONE.returningQuantTensor());
    System.out.println(relu.apply(identity.apply(input)));
  }

  private static void convThenRelu() {
    Torch.manualSeed(0);
    var outputQuant = new QuantConv2d(2, 3, 3, OUTPUT);
    System.out.println(outputQuant.apply(input).relu());
    Torch.manualSeed(0);
    var plain = new QuantConv2d(2, 3, 3);
    System.out.println(new QuantReLU().apply(plain.apply(input)));
  }

  // ---- collected, then learned ----

  private static void trainingAndEvaluation(Tensor[] batches) {
    var identity = new QuantIdentity(returning(Int8ActPerTensorFloat));
    check(!close(scale(identity, batches[0]), scale(identity, batches[1])));
    identity.eval();
    check(close(scale(identity, batches[0]), scale(identity, batches[1])));
  }

  private static Tensor scale(dev.microtome.nn.Layer<Tensor, Tensor> layer, Tensor x) {
    return QuantTensor.of(layer.apply(x)).scale();
  }

  private static void hardTanh(Tensor[] batches) {
    // new QuantHardTanh() does not compile: without bounds there is no range to begin with.
    var tanh = new QuantHardTanh(-1, 1, QuantHardTanh.settings(-1, 1).returningQuantTensor());
    Tensor training = scale(tanh, batches[0]);
    tanh.eval();
    check(close(training, scale(tanh, batches[1])));
  }

  private static void perChannel() {
    Tensor image = Tensor.rand(1, 3, 256, 256); // batch, channels, height, width
    image.at(":", 0).set(image.get(":", 0).mul(3));

    var perTensor = new QuantReLU(returning(Uint8ActPerTensorFloat));
    System.out.println(scale(perTensor, image).mul(255));
    System.out.println(perTensor);

    var perChannel = new QuantReLU(returning(Uint8ActPerTensorFloat.perChannel(1, 3, 1, 1)));
    System.out.println(perChannel);
    System.out.println(scale(perChannel, image).mul(255));
  }
}
