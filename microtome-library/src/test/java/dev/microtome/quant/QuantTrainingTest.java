package dev.microtome.quant;

import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerTensorFloat;
import static dev.microtome.quant.Quantizers.ShiftedUint8ActPerTensorFloat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Layer;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Sgd;
import dev.microtome.tensor.Autograd;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What training and evaluation do with scales, and what checkpoints keep of it.
class QuantTrainingTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(5);
  }

  private static QuantIdentity identity(int steps) {
    return new QuantIdentity(
        ActSettings.of(ShiftedUint8ActPerTensorFloat.withSteps(steps)).returningQuantTensor());
  }

  private static float[] numbers(Layer<Tensor, Tensor> layer, Tensor x) {
    return layer.apply(x).toFloats();
  }

  @Test
  void a_checkpoint_in_the_middle_of_collection_goes_on_where_it_was() {
    QuantIdentity trained = identity(4);
    List<Tensor> batches = List.of(Tensor.randn(9), Tensor.randn(9), Tensor.randn(9));
    batches.forEach(trained::apply);
    QuantIdentity resumed = identity(4);
    resumed.load(trained.stateDict());
    for (int i = 0; i < 3; i++) { // the last collected batch, the switch, and learned
      Tensor x = Tensor.randn(9);
      assertThat(numbers(resumed, x)).isEqualTo(numbers(trained, x));
    }
    assertThat(resumed.actQuant().isCollecting()).isFalse();
  }

  @Test
  void a_copy_is_on_its_own() {
    QuantIdentity original = identity(2);
    original.apply(Tensor.randn(9));
    var copy = (QuantIdentity) original.copy();
    copy.apply(Tensor.randn(9).mul(100));
    assertThat(original.tensor("act_quant.scale.count").itemLong()).isEqualTo(1);
    assertThat(copy.tensor("act_quant.scale.count").itemLong()).isEqualTo(2);
  }

  @Test
  void a_run_on_shapes_alone_counts_nothing_and_tells_the_shape() {
    var net =
        new Sequential(
            identity(3), new QuantConv2d(2, 3, 3), new QuantReLU(), new dev.microtome.nn.Flatten());
    Tensor out = net.apply(ShapeOnly.of(Tensor.randn(1, 2, 5, 5)));
    assertThat(out.shape()).hasToString("[1, 27]");
    assertThat(net.tensor("0.act_quant.scale.count").itemLong()).isZero();
  }

  @Test
  void what_a_scope_returns_keeps_its_grid() {
    QuantIdentity layer = identity(3);
    QuantTensor kept = Scope.run(() -> QuantTensor.of(layer.apply(Tensor.randn(3))));
    assertThat(kept.scale().item()).isPositive();
    assertThat(kept.integers().numel()).isEqualTo(3);
  }

  @Test
  void a_set_scale_is_learned_from_there() {
    var layer = new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat));
    layer.actQuant().setScale(Tensor.scalar(0.5f));
    assertThat(layer.actQuant().isCollecting()).isFalse();
    assertThat(layer.actQuant().scale().item()).isEqualTo(0.5);
    assertThat(layer.apply(Tensor.of(0.7f, -1.3f)).toFloats()).containsExactly(0.5f, -1.5f);
  }

  @Test
  void a_frozen_scale_gets_no_gradient() {
    var layer = new QuantIdentity();
    layer.apply(Tensor.randn(4));
    layer.actQuant().freezeScale();
    assertThat(layer.trainable()).isEmpty();
    assertThat(layer.actQuant().isCollecting()).isFalse();
  }

  @Test
  void learned_bits_train() {
    var layer =
        new QuantLinear(
            3, 2, WeightSettings.of(Int8WeightPerTensorFloat.withBits(4).withLearnedBits()));
    layer.apply(Tensor.randn(5, 3)).square().sum().backward();
    QuantLosses.bitWidth(layer).backward();
    assertThat(layer.tensor("weight_quant.bit_width_offset").grad().item()).isNotZero();
  }

  @Test
  void the_loss_of_bit_widths_saves_bits() {
    var layer =
        new QuantLinear(
            6, 4, WeightSettings.of(Int8WeightPerTensorFloat.withBits(8).withLearnedBits()));
    var sgd = new Sgd(layer.parameters(), 0.05);
    for (int step = 0; step < 60; step++) {
      sgd.zeroGrad();
      Tensor task = layer.apply(Tensor.randn(16, 6)).square().mean();
      task.add(QuantLosses.bitWidth(layer)).backward();
      sgd.step();
    }
    double bits = QuantTensor.of(layer.quantWeight()).bitWidth().item();
    assertThat(bits).isBetween(2.0, 6.0).isEqualTo(Math.rint(bits));
    assertThat(QuantTensor.of(layer.quantWeight()).isValid()).isTrue();
  }

  @Test
  void quantizers_are_off_while_something_runs_and_on_again() {
    var net =
        new Sequential(
            new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor()),
            new QuantLinear(
                5, 3, WeightSettings.of(Int8WeightPerTensorFloat).withBias(Quantizers.Int32Bias)));
    Tensor x = Tensor.randn(4, 5);
    net.apply(x);
    net.eval();
    Tensor quantized = net.apply(x);
    Tensor plain = x.linear(net.tensor("1.weight"), net.tensor("1.bias"));
    assertThat(QuantStatus.of(net).off().run(() -> net.apply(x)).equal(plain)).isTrue();
    assertThat(QuantStatus.of(net).withoutWeights().run(() -> net.apply(x)).equal(quantized))
        .isFalse();
    assertThatThrownBy(() ->
            QuantStatus.of(net)
                .off()
                .run(() -> {
                  throw new IllegalStateException("inside");
                }))
        .hasMessage("inside");
    assertThat(net.apply(x).equal(quantized)).isTrue();
  }

  @Test
  void equalized_channels_compute_the_same() {
    var net = new Sequential(new Conv2d(3, 8, 3), new ReLU(), new Conv2d(8, 4, 3));
    Grad.off(() -> net.tensor("0.weight").at(2).set(net.tensor("0.weight").get(2).mul(50)));
    Tensor x = Tensor.randn(2, 3, 9, 9);
    Tensor before = net.apply(x).detach();
    assertThat(Equalization.DEFAULT.apply(net)).isEqualTo(1);
    assertThat(net.apply(x).sub(before).abs().max().item())
        .isLessThan(1e-5 * before.abs().max().item());
    Tensor largest = net.tensor("0.weight").detach().abs().amax(new long[] {1, 2, 3}, false);
    assertThat(largest.max().item() / largest.min().item()).isLessThan(20);
  }

  @Test
  void a_hard_tanh_can_not_be_built_without_bounds() {
    for (var constructor : QuantHardTanh.class.getConstructors()) {
      assertThat(constructor.getParameterTypes()).startsWith(double.class, double.class);
    }
  }

  @Test
  void stochastic_rounding_is_right_on_average_and_stays_beside() {
    var layer =
        new QuantIdentity(
            ActSettings.of(
                Int8ActPerTensorFloat.withRounding(Rounding.STOCHASTIC)
                    .withScaling(new Scaling.Constant(128))));
    Tensor y =
        Grad.off(() -> layer.apply(Tensor.full(new dev.microtome.tensor.Shape(20_000), 0.3f)));
    assertThat(y.unique().toFloats()).containsExactly(0f, 1f);
    assertThat(y.mean().item()).isBetween(0.28, 0.32);
  }

  @Test
  void groups_of_weights_have_their_own_scales() {
    var layer =
        new QuantLinear(8, 2, false, WeightSettings.of(Int8WeightPerTensorFloat.perGroup(4)));
    Grad.off(() -> layer.weight().at(0, "0:4").set(layer.weight().get(0, "0:4").mul(1000)));
    QuantTensor weight = QuantTensor.of(layer.quantWeight());
    assertThat(weight.isValid()).isTrue();
    assertThat(weight.scale().get(0, 0).item())
        .isGreaterThan(100 * weight.scale().get(0, 4).item());
    assertThat(weight.value().sub(layer.weight()).abs().le(weight.scale()).all().toBooleans()[0])
        .isTrue();
    layer.apply(Tensor.randn(3, 8)).sum().backward();
    assertThat(layer.weight().grad().isFinite().all().toBooleans()[0]).isTrue();
  }

  @Test
  void the_hand_written_gradient_is_that_of_the_composition() {
    var range = new IntRange(4, false, false);
    for (boolean straight : new boolean[] {true, false}) {
      Tensor x = Tensor.randn(3, 40).mul(4).requiresGrad_(true);
      Tensor scale = Tensor.of(new float[][] {{0.2f}, {0.3f}, {0.5f}}).requiresGrad_(true);
      Tensor zero = Tensor.of(new float[][] {{3f}, {5f}, {7f}}).requiresGrad_(true);
      Tensor weights = Tensor.randn(3, 40);
      Tensor own = FakeQuantize.to(range, Rounding.HALF_EVEN, true, straight).apply(x, scale, zero);
      Tensor rounded = StraightThrough.round(x.div(scale).add(zero));
      Tensor min = Tensor.scalar(0f);
      Tensor max = Tensor.scalar(15f);
      Tensor clamped =
          straight
              ? StraightThrough.clamp(rounded, min, max)
              : StraightThrough.bounded(rounded, min, max);
      Tensor composed = clamped.sub(zero).mul(scale);
      assertThat(own.toFloats()).isEqualTo(composed.toFloats());
      List<Tensor> a = Autograd.grad(own.mul(weights).sum(), x, scale, zero);
      List<Tensor> b = Autograd.grad(composed.mul(weights).sum(), x, scale, zero);
      for (int i = 0; i < 3; i++) {
        assertThat(a.get(i).allClose(b.get(i), 1e-4, 1e-4)).as("input " + i).isTrue();
      }
    }
  }

  @Test
  void a_quantizer_tells_what_it_is() {
    assertThat(ShiftedUint8ActPerTensorFloat.describe())
        .contains("0 to 255", "percentiles 0.001 to 99.999", "300 training steps", "half even");
  }

  @Test
  void every_named_quantizer_is_found_by_its_name() {
    Quantizers.all()
        .forEach((name, quantizer) -> assertThat(Quantizers.named(name)).isEqualTo(quantizer));
    assertThat(Quantizers.all()).hasSizeGreaterThan(35);
  }
}
