package dev.microtome.dynamic.calibrated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import dev.microtome.testkit.VocabularySamples;
import dev.microtome.testkit.VocabularySamples.Sample;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation of the vocabulary gives on whole numbers what it gives on the numbers they stand
/// for: exactly, or within a step of the grid where it is computed in whole numbers.
class GridTensorLawTest {
  private static final double STEP = 1 / 64.0;
  private static final long ZERO = 120;

  static Stream<Sample> operations() {
    return VocabularySamples.all()
        .filter(sample -> !sample.isCreation() && !sample.isRandom() && !changes(sample));
  }

  static Stream<Sample> changes() {
    return VocabularySamples.all()
        .filter(sample -> !sample.isCreation() && !sample.isRandom() && changes(sample))
        .filter(GridTensorLawTest::isOfFloats);
  }

  private static boolean isOfFloats(Sample sample) {
    var floats = new AtomicBoolean();
    sample.apply(x -> {
      floats.compareAndSet(false, x.dtype() == DType.FLOAT32);
      return x;
    });
    return floats.get();
  }

  private static boolean changes(Sample sample) {
    return sample.signature().replaceAll("\\(.*", "").endsWith("_");
  }

  private static Tensor whole(Tensor x) {
    return x.dtype() == DType.FLOAT32
        ? Ops.tensor("aten::quantize_per_tensor", x.contiguous(), STEP, ZERO, DType.QUINT8)
        : x;
  }

  private static Tensor plain(Tensor x) {
    return x.dtype() == DType.FLOAT32 ? Ops.tensor("aten::dequantize", whole(x)) : x;
  }

  private static Tensor onGrid(Tensor x) {
    return x.dtype() == DType.FLOAT32 ? GridTensor.of(whole(x)) : x;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void whole_numbers_give_what_plain_ones_do(Sample sample) {
    List<Tensor> wanted = Grad.off(() -> Values.tensors(sample.apply(GridTensorLawTest::plain)));
    List<Tensor> got = Grad.off(() -> Values.tensors(sample.apply(GridTensorLawTest::onGrid)));
    assertThat(got).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(got.get(i).shape()).isEqualTo(wanted.get(i).shape());
      assertThat(got.get(i).dtype()).isEqualTo(wanted.get(i).dtype());
      double tolerance = got.get(i) instanceof GridTensor ? STEP : 0;
      double[] exact = wanted.get(i).toDoubles();
      double[] rounded = got.get(i).toDoubles();
      for (int k = 0; k < exact.length; k++) {
        if (!(Double.isNaN(exact[k]) && Double.isNaN(rounded[k])) && exact[k] != rounded[k]) {
          assertThat(rounded[k]).isCloseTo(exact[k], within(tolerance));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void what_would_change_numbers_in_place_is_refused(Sample sample) {
    assertThatThrownBy(() -> Grad.off(() -> sample.apply(GridTensorLawTest::onGrid)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("would change numbers");
  }
}
