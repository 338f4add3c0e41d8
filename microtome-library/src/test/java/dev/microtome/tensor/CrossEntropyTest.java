package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/// The shortcut for many logits against libtorch's separate operations.
class CrossEntropyTest {
  private static final long ROWS = 7;
  private static final long CLASSES = 10_003;

  private static Tensor logits() {
    Torch.manualSeed(5);
    return Tensor.randn(ROWS, CLASSES).mul(4);
  }

  private static Tensor targets() {
    return Tensor.randint(CLASSES, ROWS);
  }

  private static double apart(Tensor logits, Tensor targets) {
    double wanted = logits.to(DType.FLOAT64).logSoftmax(-1).nllLoss(targets).item();
    return Math.abs(logits.crossEntropy(targets).item() - wanted);
  }

  @Test
  void it_is_the_mean_of_minus_log_probabilities() {
    assertThat(apart(logits(), targets())).isLessThan(2e-6);
    assertThat(apart(logits().mul(20).add(1000), targets())).isLessThan(1e-4);
    assertThat(logits().crossEntropy(targets()).shape().dims()).isEmpty();
  }

  @Test
  void gradients_pass_through_libtorch_and_agree() {
    Tensor x = logits().requiresGrad_(true);
    Tensor targets = targets();
    Tensor loss = x.crossEntropy(targets);
    loss.backward();
    assertThat(x.grad()).isNotNull();
    assertThat(Grad.off(() -> x.crossEntropy(targets).item())).isCloseTo(loss.item(), within(2e-6));
  }

  @Test
  void rows_marked_as_none_do_not_count() {
    Tensor logits = logits();
    Tensor targets = targets();
    targets.select(0, 2).fill_(-100);
    assertThat(apart(logits, targets)).isLessThan(2e-6);
  }

  @Test
  void what_is_not_a_number_shows() {
    Tensor logits = logits();
    logits.select(0, 3).select(0, 9).fill_(Double.NaN);
    assertThat(logits.crossEntropy(targets()).item()).isNaN();
    Tensor minus = logits();
    minus.select(0, 3).fill_(Double.NEGATIVE_INFINITY);
    assertThat(minus.crossEntropy(targets()).item()).isNaN();
  }

  @Test
  void a_class_that_is_not_there_is_refused() {
    Tensor targets = targets();
    targets.select(0, 0).fill_(CLASSES);
    assertThatThrownBy(() -> logits().crossEntropy(targets)).isInstanceOf(RuntimeException.class);
  }
}
