package dev.microtome.lowbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LeastSquaresTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(2);
  }

  private static Tensor withOutliers() {
    Tensor weight = Tensor.randn(64, 128).mul(0.02);
    weight.select(1, 17).mul_(6);
    return weight.where(Tensor.rand(64, 128).gt(0.002), weight.mul(12));
  }

  @ParameterizedTest
  @EnumSource
  void it_is_nearer_than_hqq_in_the_same_bytes(BitWidth bits) {
    for (Tensor weight : new Tensor[] {Tensor.randn(64, 128).mul(0.02), withOutliers()}) {
      for (int axis : new int[] {0, 1}) {
        LowBit settings = LowBit.bits(bits.bits()).groupSize(64).axis(axis);
        PackedWeight hqq = settings.hqq().quantize(weight);
        PackedWeight own = settings.leastSquares().quantize(weight);
        Reconstruction theirs = Reconstruction.of(weight, hqq);
        Reconstruction ours = Reconstruction.of(weight, own);
        assertThat(own.bytes()).isEqualTo(hqq.bytes());
        assertThat(ours.relative()).as("axis %d", axis).isLessThan(theirs.relative());
        assertThat(ours.meanAbsolute()).as("axis %d", axis).isLessThan(theirs.meanAbsolute());
      }
    }
  }

  @Test
  void groups_of_equal_and_of_tiny_numbers_survive() {
    Tensor weight = Tensor.full(Shape.of(4, 8), 3.5);
    weight.select(0, 1).zero_();
    weight.select(0, 2).copy_(Tensor.randn(8).mul(1e-7));
    PackedWeight packed = LowBit.bits(4).groupSize(8).values(null).quantize(weight);
    Tensor rebuilt = packed.dequantize();
    assertThat(rebuilt.select(0, 0).toFloats()).containsOnly(3.5f);
    assertThat(rebuilt.select(0, 1).toFloats()).containsOnly(0f);
    Tensor tiny = weight.select(0, 2);
    assertThat(Reconstruction.of(tiny, rebuilt.select(0, 2)).relative()).isLessThan(0.15);
  }

  @Test
  void a_smaller_norm_counts_single_large_errors_less() {
    Tensor weight = withOutliers();
    LowBit settings = LowBit.bits(3).groupSize(64);
    Reconstruction squares = Reconstruction.of(weight, settings.leastSquares().quantize(weight));
    Reconstruction absolute =
        Reconstruction.of(weight, settings.solver(LeastSquares.norm(1)).quantize(weight));
    assertThat(absolute.meanAbsolute()).isLessThan(squares.meanAbsolute());
  }

  @Test
  void inputs_that_are_large_get_the_nearer_weights() {
    var layer = new Linear(64, 32);
    var network = new Sequential(layer, new Linear(32, 4));
    Tensor scales = Tensor.arange(64).div(8).exp();
    Tensor x = Tensor.randn(100, 64).mul(scales);
    var inputs = InputStatistics.of(network, LinearPlaces.allButHead(), () -> network.apply(x));
    Tensor squares = inputs.meanSquares().get("0");
    assertThat(squares.size(0)).isEqualTo(64);
    LowBit settings = LowBit.bits(2).groupSize(64);
    Tensor plain = settings.quantize(layer.weight()).dequantize();
    Tensor weighted = settings.quantize(layer.weight(), squares).dequantize();
    Tensor exact = layer.weight().detach();
    assertThat(
            Reconstruction.of(x.matmul(exact.t()), x.matmul(weighted.to(x.dtype()).t())).relative())
        .isLessThan(
            0.9
                * Reconstruction.of(x.matmul(exact.t()), x.matmul(plain.to(x.dtype()).t()))
                    .relative());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.quantize(layer.weight(), Tensor.ones(3)))
        .withMessageContaining("a number for each of its inputs");
  }

  @Test
  void columns_make_up_for_the_rounding_of_those_before() {
    var layer = new Linear(64, 32);
    var network = new Sequential(layer, new Linear(32, 4));
    Tensor x = Tensor.randn(300, 24).mm(Tensor.randn(24, 64)).add(Tensor.randn(300, 64).mul(0.3));
    var inputs =
        InputStatistics.withProducts(network, LinearPlaces.allButHead(), () -> network.apply(x));
    Tensor exact = x.matmul(layer.weight().detach().t());
    LowBit settings = LowBit.bits(3).groupSize(16);
    settings.compensated().applyTo(network, path -> path.equals("0"), inputs);
    Tensor compensated = ((LowBitLinear) network.get(0)).weight().to(x.dtype());
    Tensor squares = inputs.meanSquares().get("0");
    Tensor weighted = settings.quantize(layer.weight(), squares).dequantize().to(x.dtype());
    assertThat(Reconstruction.of(exact, x.matmul(compensated.t())).relative())
        .isLessThan(0.7 * Reconstruction.of(exact, x.matmul(weighted.t())).relative());
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            settings.axis(0).compensated().quantize(layer.weight(), inputs.products().get("0")))
        .withMessageContaining("groups must lie within rows");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.quantize(layer.weight(), Tensor.ones(64, 3)))
        .withMessageContaining("or for each pair");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ErrorCompensation(new LeastSquares(), 0));
  }

  @Test
  void a_network_is_quantized_layer_by_layer() {
    var network =
        Sequential.named()
            .add("one", new Linear(16, 32))
            .add("two", new Linear(32, 16))
            .add("lm_head", new Linear(16, 8, false))
            .build();
    LowBitReport report =
        LowBit.applyEach(
            network,
            path ->
                path.equals("lm_head")
                    ? null
                    : LowBit.bits(path.equals("one") ? 4 : 3).groupSize(16),
            InputStatistics.NONE);
    assertThat(report.rows())
        .extracting(LowBitReport.Row::bits)
        .containsExactly(BitWidth.FOUR, BitWidth.THREE);
    assertThat(report.bytes()).isLessThan(report.bytesBefore() / 4);
    assertThat(report.worst().path()).isEqualTo("two");
    assertThat(network.slot("lm_head").get()).isInstanceOf(Linear.class);
    assertThat(network.slot("one").get()).isInstanceOf(LowBitLinear.class);
  }

  @Test
  void a_network_that_can_not_be_quantized_stays_as_it_is() {
    var network = new Sequential(new Linear(16, 32), new Linear(32, 15));
    var bad = (Linear) network.get(1);
    bad.weight().detach().select(0, 0).fill_(Double.POSITIVE_INFINITY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowBit.bits(3).groupSize(16).applyTo(network, path -> true))
        .withMessageStartingWith("1: 32 of the 480 numbers");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowBit.bits(3).groupSize(64).applyTo(network, path -> true))
        .withMessageStartingWith("1: groups of 64 do not divide");
    assertThat(network.get(0)).isInstanceOf(Linear.class);
  }

  @Test
  void nothing_is_exchanged_when_the_fifth_layer_is_refused() {
    var five =
        new Sequential(
            new Linear(32, 64),
            new Linear(64, 64),
            new Linear(64, 64),
            new Linear(64, 32),
            new Linear(32, 6));
    Grad.off(() -> ((Linear) five.get(4)).weight().select(0, 1).fill_(0)); // constant is no reason
    LowBit settings = LowBit.bits(3).groupSize(16);
    LowBit coded = settings.codedValues(new ValueCoding(8), new ValueCoding(8));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> coded.applyTo(five, path -> true))
        .withMessageStartingWith("4: the scales: groups of 8 do not divide the 12 numbers");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.groupSize(128).applyTo(five, path -> true))
        .withMessageStartingWith("4: groups of 128 do not divide the 192 numbers");
    for (int i = 0; i < 5; i++) {
      assertThat(five.get(i)).isInstanceOf(Linear.class);
    }
    assertThat(settings.applyTo(five, path -> true).rows()).hasSize(5);
  }
}
