package dev.microtome.quant;

import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerTensorFloat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.nn.Adam;
import dev.microtome.nn.Sgd;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Weights on their grids: computed in one go as by operations, and remembered in evaluation for
/// exactly as long as that is right.
class QuantWeightTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(3);
  }

  private static QuantLinear linear(Quantizer quantizer) {
    var linear = new QuantLinear(40, 6, WeightSettings.DEFAULT.withWeight(quantizer));
    linear.eval();
    return linear;
  }

  /// What a fresh layer with the same numbers uses.
  private static float[] fresh(QuantLinear linear) {
    var other = (QuantLinear) linear.copy();
    other.eval();
    return now(other);
  }

  private static float[] now(QuantLinear linear) {
    return Grad.off(() -> QuantTensor.valueOf(linear.quantWeight()).toFloats());
  }

  private static void changesAreSeen(Quantizer quantizer, Consumer<QuantLinear> change) {
    QuantLinear linear = linear(quantizer);
    float[] before = now(linear);
    assertThat(now(linear)).isEqualTo(before);
    change.accept(linear);
    linear.eval();
    assertThat(now(linear)).isNotEqualTo(before).isEqualTo(fresh(linear));
  }

  @Test
  void evaluation_sees_every_change_of_a_weight() {
    changesAreSeen(
        Int8WeightPerTensorFloat,
        linear -> {
          linear.train();
          var sgd = new Sgd(linear.parameters(), 0.1);
          linear.apply(Tensor.randn(3, 40)).square().sum().backward();
          sgd.step();
        });
    changesAreSeen(
        Int8WeightPerChannelFloat,
        linear -> { // without train(): fine-tuning in evaluation mode
          var adam = new Adam(linear.parameters(), 0.1);
          linear.apply(Tensor.randn(3, 40)).square().sum().backward();
          adam.step();
        });
    changesAreSeen(
        Int8WeightPerTensorFloat,
        linear -> {
          var state = new LinkedHashMap<>(linear.stateDict());
          state.put("weight", Tensor.randn(6, 40));
          linear.load(state);
        });
    changesAreSeen(
        Int8WeightPerTensorFloat, linear -> Grad.off(() -> linear.weight().at(2, 3).set(9)));
    changesAreSeen(
        Int8WeightPerTensorFloat, linear -> Grad.off(() -> linear.weight().view(-1).mul_(2)));
    changesAreSeen(Int8WeightPerTensorFloat, linear -> linear.to(DType.FLOAT64));
  }

  @Test
  void evaluation_sees_every_change_of_a_scale() {
    Quantizer learned = Int8WeightPerTensorFloat.withScaling(new Scaling.Learned(0.2));
    changesAreSeen(learned, linear -> weightQuant(linear).setScale(Tensor.scalar(0.05f)));
    Quantizer adopted =
        Int8WeightPerTensorFloat.withScaling(
            new Scaling.LearnedFromStatistics(new Statistic.AbsMax()));
    changesAreSeen(adopted, linear -> weightQuant(linear).setScale(Tensor.scalar(0.05f)));
    changesAreSeen(
        Int8WeightPerTensorFloat.withBits(6).withLearnedBits(),
        linear -> Grad.off(() -> linear.tensor("weight_quant.bit_width_offset").fill_(1)));
  }

  @Test
  void a_shared_quantizer_sees_the_other_weight_change() {
    QuantLinear first = linear(Int8WeightPerTensorFloat);
    WeightQuant shared = weightQuant(first);
    var second = new QuantLinear(40, 6, WeightSettings.DEFAULT.withWeight(shared));
    second.eval();
    double scale = Grad.off(() -> QuantTensor.of(first.quantWeight()).scale().item());
    Grad.off(() -> second.weight().mul_(100));
    assertThat(Grad.off(() -> QuantTensor.of(first.quantWeight()).scale().item()))
        .isGreaterThan(50 * scale);
  }

  @Test
  void what_is_remembered_can_be_closed_written_into_and_outlives_scopes() {
    QuantLinear linear = linear(Int8WeightPerTensorFloat);
    float[] right = fresh(linear);
    Grad.off(() -> Scope.run(() -> linear.quantWeight()).close());
    assertThat(now(linear)).isEqualTo(right);
    Grad.off(() -> QuantTensor.valueOf(linear.quantWeight()).fill_(7));
    assertThat(now(linear)).isEqualTo(right);
    Scope.run(() -> Grad.off(() -> linear.apply(Tensor.randn(1, 40))).toFloats());
    assertThat(now(linear)).isEqualTo(right);
  }

  @Test
  void a_gradient_is_had_in_evaluation_too() {
    QuantLinear linear = linear(Int8WeightPerTensorFloat);
    now(linear);
    linear.apply(Tensor.randn(3, 40)).sum().backward();
    assertThat(linear.weight().grad().abs().sum().item()).isPositive();
  }

  @Test
  void random_rounding_is_drawn_anew() {
    QuantLinear linear = linear(Int8WeightPerTensorFloat.withRounding(Rounding.STOCHASTIC));
    assertThat(now(linear)).isNotEqualTo(now(linear));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Int8WeightPerTensorFloat", "Int8WeightPerChannelFloat"})
  void in_one_go_is_as_by_operations(String name) {
    Quantizer quantizer = Quantizers.named(name).withBits(4);
    for (Tensor w : List.of(Tensor.randn(6, 5, 3, 3), Tensor.randn(6, 2100), equalMaxima())) {
      Tensor arriving = Tensor.randn(w.shape());
      Tensor ofScale = Tensor.randn(6).view(-1);
      QuantTensor[] grids = new QuantTensor[2];
      Tensor[] gradients = new Tensor[2];
      for (int watched = 0; watched < 2; watched++) {
        Tensor leaf = w.copy().requiresGrad_(true);
        var quant = new WeightQuant(quantizer, w.shape(), 0);
        if (watched == 1) {
          quant.range().onOutput((_, scale) -> scale); // somebody looks: part by part
        }
        grids[watched] = QuantTensor.of(quant.apply(leaf));
        QuantTensor q = grids[watched];
        Tensor more = ofScale.at(":" + q.scale().numel()).get().mul(q.scale().view(-1)).sum();
        q.value().mul(arriving).sum().add(more).backward();
        gradients[watched] = leaf.grad();
      }
      assertThat(grids[0].value().equal(grids[1].value())).isTrue(); // 0 and −0 are equal
      assertThat(grids[0].scale().toFloats()).isEqualTo(grids[1].scale().toFloats());
      assertThat(grids[0].scale().shape()).isEqualTo(grids[1].scale().shape());
      double size = gradients[1].abs().max().item();
      assertThat(gradients[0].sub(gradients[1]).abs().max().item())
          .isCloseTo(0, within(1e-5 * size));
    }
  }

  private static Tensor equalMaxima() {
    Tensor w = Tensor.randn(6, 70).clamp(-1.0, 1.0);
    w.at(3).set(0);
    return w;
  }

  private static WeightQuant weightQuant(QuantLinear linear) {
    return java.util.Objects.requireNonNull(linear.weightQuant());
  }
}
