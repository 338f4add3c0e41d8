package dev.microtome.quant.integer;

import static dev.microtome.quant.Quantizers.Int32Bias;
import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerTensorFloat;
import static dev.microtome.quant.Quantizers.ShiftedUint8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.nn.AvgPool2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Layer;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Slot;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.PairSettings;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantEltwiseAdd;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantSigmoid;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Integers alone give what the network gives in evaluation, within one step of its result's grid.
class IntegerNetworkTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(11);
  }

  private static ActSettings act(Quantizer quantizer) {
    return ActSettings.of(quantizer).returningQuantTensor();
  }

  private static WeightSettings weights(Quantizer weight) {
    return WeightSettings.of(weight).withBias(Int32Bias).returningQuantTensor();
  }

  private static Sequential convolutions(Quantizer weight, Quantizer input) {
    return new Sequential(
        new QuantIdentity(act(input)),
        new QuantConv2d(
            3, 6, new Shape(3), ConvSettings.DEFAULT.withStride(2).withPadding(1), weights(weight)),
        new QuantReLU(act(Uint8ActPerTensorFloat.withBits(4))),
        new QuantConv2d(
            6, 4, new Shape(3), ConvSettings.DEFAULT.withGroups(2), weights(weight.withBits(4))),
        new QuantReLU(act(Uint8ActPerTensorFloat)),
        new MaxPool2d(2),
        new Flatten(),
        new QuantLinear(16, 5, weights(Int8WeightPerTensorFloat)),
        new QuantIdentity(act(Int8ActPerTensorFloat)));
  }

  /// Trains a few steps' worth of ranges, then compares.
  private static void check(Layer<Tensor, Tensor> network, Shape shape) {
    Grad.off(() -> {
      for (int i = 0; i < 5; i++) {
        network.apply(Tensor.randn(shape));
      }
    });
    network.eval();
    IntegerNetwork integers = IntegerNetwork.of(network, Tensor.randn(shape));
    for (int i = 0; i < 4; i++) {
      Tensor x = Tensor.randn(shape);
      Tensor expected = dev.microtome.quant.QuantTensor.valueOf(Grad.off(() -> network.apply(x)));
      Tensor apart = integers.apply(x).sub(expected.detach()).abs();
      double step = lastScale(network);
      assertThat(apart.max().item()).isLessThanOrEqualTo(1.001 * step);
      long equal = apart.le(0.01 * step).sum().itemLong();
      assertThat(equal).isGreaterThanOrEqualTo((long) (0.95 * apart.numel()));
    }
  }

  private static double lastScale(Layer<Tensor, Tensor> network) {
    QuantIdentity last =
        network instanceof Sequential steps
            ? (QuantIdentity) steps.get(steps.size() - 1)
            : (QuantIdentity) network.layer("last");
    return last.actQuant().scale().item();
  }

  @Test
  void convolutions_per_tensor() {
    check(convolutions(Int8WeightPerTensorFloat, Int8ActPerTensorFloat), new Shape(2, 3, 11, 11));
  }

  @Test
  void padding_that_is_more_behind_than_before() {
    ConvSettings same = ConvSettings.DEFAULT.withStride(2).withSamePadding();
    check(
        new Sequential(
            new QuantIdentity(act(Int8ActPerTensorFloat)),
            new QuantConv2d(3, 6, new Shape(4, 3), same, weights(Int8WeightPerTensorFloat)),
            new QuantIdentity(act(Int8ActPerTensorFloat))),
        new Shape(2, 3, 10, 8));
  }

  @Test
  void convolutions_per_channel() {
    check(convolutions(Int8WeightPerChannelFloat, Int8ActPerTensorFloat), new Shape(2, 3, 11, 11));
  }

  @Test
  void linear_layers() {
    check(
        new Sequential(
            new QuantIdentity(act(Int8ActPerTensorFloat)),
            new QuantLinear(7, 9, weights(Int8WeightPerChannelFloat)),
            new QuantReLU(act(Uint8ActPerTensorFloat.withBits(5))),
            new QuantLinear(9, 4, weights(Int8WeightPerTensorFloat.withBits(3))),
            new QuantIdentity(act(Int8ActPerTensorFloat))),
        new Shape(6, 7));
  }

  @Test
  void inputs_with_a_zero_point() {
    check(
        new Sequential(
            new QuantIdentity(ActSettings.of(ShiftedUint8ActPerTensorFloat)),
            new QuantLinear(7, 9, WeightSettings.DEFAULT),
            new QuantIdentity(act(Int8ActPerTensorFloat))),
        new Shape(6, 7));
  }

  @Test
  void an_average_and_a_residual() {
    check(new Residual(), new Shape(2, 3, 8, 8));
  }

  /// `last(pool(relu(add(conv(x), x))))`.
  private static final class Residual extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> first =
        slot("first", new QuantIdentity(act(Int8ActPerTensorFloat)));
    private final Slot<Tensor, Tensor> conv =
        slot(
            "conv",
            new QuantConv2d(
                3,
                3,
                new Shape(3),
                ConvSettings.DEFAULT.withPadding(1),
                weights(Int8WeightPerTensorFloat)));
    private final QuantEltwiseAdd add =
        child("add", new QuantEltwiseAdd(PairSettings.DEFAULT.returningQuantTensor()));
    private final Slot<Tensor, Tensor> relu =
        slot("relu", new QuantReLU(act(Uint8ActPerTensorFloat)));
    private final Slot<Tensor, Tensor> pool = slot("pool", new AvgPool2d(2));
    private final Slot<Tensor, Tensor> last =
        slot("last", new QuantIdentity(act(Int8ActPerTensorFloat)));

    @Override
    protected Tensor forward(Tensor x) {
      Tensor in = first.apply(x);
      Tensor sum = add.apply(new QuantEltwiseAdd.Input(conv.apply(in), in));
      return last.apply(pool.apply(relu.apply(sum)));
    }
  }

  @Test
  void the_table_and_the_tensors_hold_what_hardware_needs() {
    Sequential network = convolutions(Int8WeightPerChannelFloat, Int8ActPerTensorFloat);
    network.apply(Tensor.randn(2, 3, 11, 11));
    IntegerNetwork integers = IntegerNetwork.of(network, Tensor.randn(2, 3, 11, 11));
    assertThat(integers.layers()).hasSize(3);
    assertThat(integers.table()).contains("1 ", "[6, 3, 3, 3]", "/ 2^");
    IntegerLayer first = integers.layers().getFirst();
    assertThat(first.multipliers()).hasSize(6);
    double factor = first.inputScale() * first.weightScale()[2] / first.outputScale();
    assertThat(first.multipliers().get(2).value())
        .isCloseTo(factor, org.assertj.core.data.Percentage.withPercentage(1e-6));
    assertThat(integers.tensors()).containsKeys("1.weight", "1.bias", "1.multiplier", "7.shift");
  }

  @Test
  void what_has_no_integers_is_refused_by_name() {
    var sigmoid = new Sequential(new QuantIdentity(act(Int8ActPerTensorFloat)), new QuantSigmoid());
    sigmoid.apply(Tensor.randn(3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IntegerNetwork.of(sigmoid, Tensor.randn(3)))
        .withMessageStartingWith("1: a curve");
    var plain = new Sequential(new QuantLinear(3, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IntegerNetwork.of(plain, Tensor.randn(1, 3)))
        .withMessageContaining("QuantIdentity at the start");
  }

  @Test
  void a_factor_in_fixed_point_is_right_to_nine_digits() {
    for (double factor : new double[] {1e-9, 0.0123, 0.5, 0.999999999999, 1, 3.7, 1e5}) {
      assertThat(FixedPoint.of(factor).value())
          .isCloseTo(factor, org.assertj.core.data.Percentage.withPercentage(1e-7));
    }
    assertThat(FixedPoint.of(0.5).times(3)).isEqualTo(2); // ties to even
    assertThat(FixedPoint.of(0.5).times(5)).isEqualTo(2);
    assertThat(FixedPoint.of(0.5).times(-3)).isEqualTo(-2);
    assertThat(FixedPoint.of(0.25).times(-7)).isEqualTo(-2);
  }
}
