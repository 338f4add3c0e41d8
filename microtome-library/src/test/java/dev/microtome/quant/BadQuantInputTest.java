package dev.microtome.quant;

import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What can't be quantized is refused, says where and what to do, and leaves no trace in
/// statistics.
class BadQuantInputTest {
  private static final ActSettings RETURNING =
      ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor();

  @BeforeEach
  void seed() {
    dev.microtome.tensor.Torch.manualSeed(3);
  }

  private static Map<String, List<Float>> state(Sequential net) {
    return net.stateDict().entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry ->
                    java.util.stream.IntStream.range(0, entry.getValue().toFloats().length)
                        .mapToObj(i -> entry.getValue().toFloats()[i])
                        .toList()));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void a_batch_with_what_is_no_number_is_refused_and_not_counted(float bad) {
    var net = new Sequential(new QuantIdentity(RETURNING), new QuantReLU());
    net.apply(Tensor.of(1f, -2f, 3f));
    Map<String, List<Float>> before = state(net);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> net.apply(Tensor.of(1f, bad, 3f)))
        .withMessageContaining("0.act_quant")
        .withMessageContaining("NaN or infinite");
    assertThat(state(net)).isEqualTo(before);
  }

  /// A percentile in the middle does not see one infinite number.
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void no_statistic_takes_anything_from_it(float bad) {
    Tensor x = Tensor.randn(500);
    x.at(77).set(bad);
    var shifted = Quantizers.ShiftedUint8ActPerTensorFloat;
    for (Statistic statistic :
        List.of(
            new Statistic.AbsPercentile(50),
            new Statistic.PercentileInterval(10, 90),
            new Statistic.AbsMax(),
            new Statistic.AbsMinMax(),
            new Statistic.MeanSigmaStd(3),
            new Statistic.LeastSquares(new Statistic.AbsMax()))) {
      for (Scaling scaling :
          List.of(
              new Scaling.LearnedFromStatistics(statistic), new Scaling.Statistics(statistic))) {
        for (Quantizer base : List.of(Int8ActPerTensorFloat, shifted)) {
          var net = new Sequential(new QuantIdentity(ActSettings.of(base.withScaling(scaling))));
          net.apply(Tensor.randn(500));
          Map<String, List<Float>> before = state(net);
          assertThatIllegalArgumentException()
              .as("%s of %s", scaling, base)
              .isThrownBy(() -> net.apply(x))
              .withMessageContaining("NaN or infinite");
          assertThat(state(net)).as("%s of %s", scaling, base).isEqualTo(before);
        }
      }
    }
  }

  @Test
  void it_is_refused_after_collection_and_in_evaluation_too() {
    var identity = new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat.withSteps(1)));
    identity.apply(Tensor.of(1f, 2f));
    identity.apply(Tensor.of(1f, 2f));
    assertThatIllegalArgumentException().isThrownBy(() -> identity.apply(Tensor.of(Float.NaN)));
    identity.eval();
    assertThatIllegalArgumentException().isThrownBy(() -> identity.apply(Tensor.of(Float.NaN)));
  }

  @Test
  void numbers_whose_sum_is_too_large_are_fine() {
    var identity = new QuantIdentity();
    assertThat(identity.apply(Tensor.of(3e38f, 3e38f)).isFinite().all().toBooleans()[0]).isTrue();
  }

  @Test
  void one_bad_operand_leaves_the_shared_quantizer_as_it_was() {
    var add = new QuantEltwiseAdd();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> add.apply(new QuantEltwiseAdd.Input(Tensor.of(1f), Tensor.of(Float.NaN))));
    assertThat(add.tensor("input_quant.scale.count").itemLong()).isZero();
  }

  @Test
  void an_empty_batch_is_refused() {
    var net = new Sequential(new QuantReLU());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> net.apply(Tensor.empty(0, 3)))
        .withMessageContaining("0.act_quant")
        .withMessageContaining("empty");
  }

  @Test
  void whole_numbers_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QuantIdentity().apply(Tensor.of(1L, 2L)))
        .withMessageContaining("int64");
  }

  @Test
  void wrong_channel_counts_are_refused_before_anything_is_counted() {
    WeightSettings settings = WeightSettings.DEFAULT.withInput(Int8ActPerTensorFloat);
    var conv = new QuantConv2d(2, 3, new Shape(3), dev.microtome.nn.ConvSettings.DEFAULT, settings);
    var net = new Sequential(conv);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> net.apply(Tensor.randn(1, 4, 5, 5)))
        .withMessageContaining("0 (QuantConv2d)")
        .withMessageContaining("[1, 4, 5, 5]");
    assertThat(conv.tensor("input_quant.scale.count").itemLong()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QuantLinear(3, 2).apply(Tensor.randn(2, 4)))
        .withMessageContaining("(…, 3)");
  }

  @Test
  void a_scale_per_channel_needs_the_channels() {
    var relu = new QuantReLU(ActSettings.of(Uint8ActPerTensorFloat.perChannel(1, 3, 1, 1)));
    for (Tensor wrong : List.of(Tensor.randn(2, 3), Tensor.randn(1, 4, 2, 2))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> relu.apply(wrong))
          .withMessageContaining("[1, 3, 1, 1]")
          .withMessageContaining(wrong.shape().toString());
    }
    assertThat(relu.tensor("act_quant.scale.count").itemLong()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QuantReLU(ActSettings.of(Int8WeightPerChannelFloat)))
        .withMessageContaining("perChannel(");
  }

  @Test
  void bits_outside_1_to_32_are_refused() {
    for (int bits : new int[] {0, -1, 33}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Int8ActPerTensorFloat.withBits(bits))
          .withMessageContaining("1 to 32");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Int8ActPerTensorFloat.withLearnedBits().withBits(1))
        .withMessageContaining("at least 2, instead is 1");
  }

  @Test
  void empty_ranges_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantizers.Int8ActPerTensorFloatMinMaxInit(0, 0))
        .withMessageContaining("range must be above 0");
    assertThatIllegalArgumentException().isThrownBy(() -> new QuantHardTanh(1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Scaling.Constant(Double.NaN));
  }

  @Test
  void zeros_stay_zeros() {
    assertThat(new QuantReLU().apply(Tensor.zeros(4)).toFloats()).containsOnly(0f);
  }

  @Test
  void scales_of_different_quantizers_are_refused_while_training_too() {
    QuantTensor a = QuantTensor.of(new QuantIdentity(RETURNING).apply(Tensor.of(1f, 2f)));
    QuantTensor b = QuantTensor.of(new QuantIdentity(RETURNING).apply(Tensor.of(1f, 3f)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> a.add(b))
        .withMessageStartingWith("Scaling factors are different")
        .withMessageContaining("0.0156")
        .withMessageContaining("0.0234")
        .withMessageContaining("QuantEltwiseAdd");
    assertThatIllegalArgumentException().isThrownBy(() -> Tensor.cat(List.of(a, b), 0));
  }

  @Test
  void one_quantizer_gives_scales_that_may_be_added_while_it_collects() {
    var identity = new QuantIdentity(RETURNING);
    Tensor a = identity.apply(Tensor.of(1f, 2f));
    Tensor b = identity.apply(Tensor.of(1f, 3f));
    assertThat(a.add(b)).isInstanceOf(QuantTensor.class);
  }

  @Test
  void numbers_on_a_grid_are_not_changed_in_place() {
    Tensor q = new QuantIdentity(RETURNING).apply(Tensor.of(1f, 2f));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> q.add_(1))
        .withMessageContaining("aten::add_");
  }

  @Test
  void a_plain_tensor_where_a_grid_is_needed_says_what_to_do() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantTensor.of(Tensor.randn(2)))
        .withMessageContaining("QuantIdentity");
    var conv =
        new Sequential(new QuantConv2d(1, 1, 1, WeightSettings.DEFAULT.returningQuantTensor()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.apply(Tensor.randn(1, 1, 2, 2)))
        .withMessageContaining("0 (QuantConv2d)")
        .withMessageContaining("input quantizer");
    var bias = new QuantLinear(2, 2, WeightSettings.DEFAULT.withBias(Quantizers.Int32Bias));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bias.apply(Tensor.randn(1, 2)))
        .withMessageStartingWith("Input scale required");
  }

  @Test
  void a_value_off_its_grid_has_no_integers() {
    var off =
        new QuantTensor(
            Tensor.of(0.13f),
            Tensor.scalar(0.1f),
            Tensor.scalar(0f),
            Tensor.scalar(8f),
            true,
            false);
    assertThat(off.isValid()).isFalse();
    assertThatThrownBy(off::integers)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("QuantTensor not valid.");
  }

  @Test
  void a_scale_that_is_not_learned_can_not_be_set() {
    var linear = new QuantLinear(2, 2);
    assertThatThrownBy(() -> linear.weightQuant().setScale(Tensor.scalar(0.1f)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("weight_quant.scale");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QuantIdentity().actQuant().setScale(Tensor.scalar(-1f)));
  }

  @Test
  void half_precision_is_told_by_its_dtype() {
    assertThat(new QuantIdentity().apply(Tensor.of(1.0, 2.0)).dtype()).isEqualTo(DType.FLOAT64);
  }
}
