package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import org.junit.jupiter.api.Test;

class LossTest {
  private static final Tensor LOGITS = Tensor.of(new double[][] {{2, 0, 1}, {0, 1, 0}, {5, 5, 5}});
  private static final Tensor TARGET = Tensor.of(0L, 1L, -100L);

  private static double nll(int row, int target) {
    double[] x = LOGITS.get(row).toDoubles();
    double sum = 0;
    for (double value : x) {
      sum += Math.exp(value);
    }
    return Math.log(sum) - x[target];
  }

  @Test
  void cross_entropy_ignores_and_reduces() {
    var loss = new CrossEntropyLoss();
    double first = nll(0, 0);
    double second = nll(1, 1);
    assertThat(loss.apply(LOGITS, TARGET).item()).isCloseTo((first + second) / 2, within(1e-12));
    assertThat(loss.withReduction(Reduction.SUM).apply(LOGITS, TARGET).item())
        .isCloseTo(first + second, within(1e-12));
    assertThat(loss.withReduction(Reduction.NONE).apply(LOGITS, TARGET).toDoubles())
        .containsExactly(new double[] {first, second, 0}, within(1e-12));
    assertThat(loss.withIgnoreIndex(1).apply(LOGITS, Tensor.of(0L, 1L, 1L)).item())
        .isCloseTo(first, within(1e-12));
  }

  @Test
  void label_smoothing_spreads_a_part_over_all_classes() {
    double spread = (nll(0, 0) + nll(0, 1) + nll(0, 2)) / 3;
    Tensor loss =
        new CrossEntropyLoss().withLabelSmoothing(0.1).apply(LOGITS.narrow(0, 0, 1), Tensor.of(0L));
    assertThat(loss.item()).isCloseTo(0.9 * nll(0, 0) + 0.1 * spread, within(1e-12));
  }

  @Test
  void a_class_out_of_range_is_refused() {
    assertThatExceptionOfType(TorchException.class)
        .isThrownBy(() -> new CrossEntropyLoss().apply(LOGITS, Tensor.of(0L, 3L, 0L)))
        .withMessageContaining("out of bounds");
  }

  @Test
  void the_other_losses_follow_their_formulas() {
    Tensor x = Tensor.of(1.0, -2.0);
    Tensor y = Tensor.of(0.0, 1.0);
    assertThat(new MseLoss().apply(x, y).item()).isEqualTo(5);
    assertThat(new L1Loss(Reduction.SUM).apply(x, y).item()).isEqualTo(4);
    double expected = (Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(2))) / 2;
    assertThat(new BceWithLogitsLoss().apply(x, y).item()).isCloseTo(expected, within(1e-12));
    assertThat(new NllLoss().apply(LOGITS.logSoftmax(1), TARGET).item())
        .isCloseTo((nll(0, 0) + nll(1, 1)) / 2, within(1e-12));
  }
}
