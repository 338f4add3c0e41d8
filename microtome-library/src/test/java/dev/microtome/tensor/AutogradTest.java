package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.testkit.GradCheck;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutogradTest {
  private static Tensor leaf(double... numbers) {
    return Tensor.of(numbers).requiresGrad_(true);
  }

  @Test
  void libtorchs_own_gradients_agree_with_finite_differences() {
    Torch.manualSeed(0);

    GradCheck.check(
        in -> in.get(0).tanh().matmul(in.get(1)),
        Tensor.randn(new Shape(2, 3), DType.FLOAT64),
        Tensor.randn(new Shape(3, 2), DType.FLOAT64));
  }

  @Test
  void gradients_of_chosen_tensors_leave_grad_alone() {
    Tensor x = leaf(1, 2);
    Tensor h = x.mul(3);

    List<Tensor> gradients = Autograd.grad(h.mul(h).sum(), x, h);

    assertThat(gradients.get(0).toDoubles()).containsExactly(18, 36);
    assertThat(gradients.get(1).toDoubles()).containsExactly(6, 12);
    assertThat(x.hasGrad()).isFalse();
  }

  @Test
  void an_unused_input_is_null_when_allowed_and_refused_otherwise() {
    Tensor x = leaf(1);
    Tensor other = leaf(1);

    assertThat(Autograd.grad(List.of(x.mul(2)), List.of(x, other), null, false, false, true).get(1))
        .isNull();
    assertThatThrownBy(() -> Autograd.grad(x.mul(2), other)).isInstanceOf(TorchException.class);
  }

  @Test
  void gradients_of_outputs_may_be_weighted() {
    Tensor x = leaf(1, 2);

    var gradients =
        Autograd.grad(
            List.of(x.mul(2), x.sum()),
            List.of(x),
            java.util.Arrays.asList(Tensor.of(10.0, 100.0), null),
            false,
            false,
            false);

    assertThat(gradients.getFirst()).isNotNull();
    assertThat(java.util.Objects.requireNonNull(gradients.getFirst()).toDoubles())
        .containsExactly(21, 201);
  }

  @Test
  void hooks_read_and_replace_in_the_order_of_registration() {
    Tensor x = leaf(1, 2);
    Tensor h = x.mul(3);
    var seen = new ArrayList<Double>();
    Autograd.hook(
        h,
        gradient -> {
          seen.add(gradient.get(0).item());
          return null;
        });
    var doubled = Autograd.hook(h, gradient -> gradient.mul(2));
    var plusOne = Autograd.hook(h, gradient -> gradient.add(1));
    Autograd.hook(
        h,
        gradient -> {
          seen.add(gradient.get(0).item());
          return gradient;
        });

    Tensor loss = h.mul(5).sum();
    loss.backward(null, true, false);
    doubled.remove();
    doubled.remove();
    plusOne.close();
    System.gc();
    loss.backward();

    assertThat(seen).containsExactly(5.0, 11.0, 5.0, 5.0);
    assertThat(x.grad().toDoubles()).containsExactly(33 + 15, 33 + 15);
  }

  @Test
  void a_hook_on_a_leaf_changes_what_is_accumulated() {
    Tensor x = leaf(1);
    try (var hook = Autograd.hook(x, gradient -> gradient.mul(-1))) {
      x.mul(4).sum().backward();
      assertThat(hook).isNotNull();
    }
    x.mul(4).sum().backward();

    assertThat(x.grad().item()).isZero();
  }

  @Test
  void a_hook_may_remove_itself() {
    Tensor x = leaf(1);
    var self = new GradientHook[1];
    self[0] =
        Autograd.hook(
            x,
            gradient -> {
              self[0].remove();
              return gradient.mul(7);
            });

    x.sum().backward();
    x.sum().backward();

    assertThat(x.grad().item()).isEqualTo(8);
  }

  @Test
  void a_hook_runs_on_the_thread_that_called_backward() {
    Tensor x = leaf(1);
    var threads = new ArrayList<Thread>();
    Autograd.hook(
        x.mul(1),
        gradient -> {
          threads.add(Thread.currentThread());
          return null;
        });
    Tensor h = x.mul(2);
    Autograd.hook(
        h,
        gradient -> {
          threads.add(Thread.currentThread());
          return null;
        });

    h.sum().backward();

    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void an_exception_in_a_hook_comes_out_of_backward_as_it_was() {
    Tensor x = leaf(1);
    Tensor h = x.mul(2);
    var original = new UnsupportedOperationException("on purpose");
    var hook =
        Autograd.hook(
            h,
            _ -> {
              throw original;
            });

    assertThatThrownBy(() -> h.sum().backward()).isSameAs(original);
    assertThatThrownBy(() -> Autograd.grad(h.sum(), x)).isSameAs(original);
    hook.remove();
    h.sum().backward();
    assertThat(x.grad().item()).isEqualTo(2);
  }

  @Test
  void a_replacement_of_another_shape_is_refused() {
    Tensor x = leaf(1, 2);
    Autograd.hook(x, gradient -> gradient.sum());

    assertThatThrownBy(() -> x.mul(2).sum().backward())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("can't be replaced");
  }

  @Test
  void a_tensor_without_gradients_has_none_to_hook_or_retain() {
    Tensor x = Tensor.of(1.0);

    assertThatThrownBy(() -> Autograd.hook(x, gradient -> gradient))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(x::retainGrad).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void leaves_and_their_offspring_are_told_apart() {
    Tensor x = leaf(1);
    Tensor y = x.mul(2);

    assertThat(x.isLeaf()).isTrue();
    assertThat(x.gradFn()).isNull();
    assertThat(y.isLeaf()).isFalse();
    assertThat(y.gradFn()).isEqualTo("MulBackward0");
    y.detach_();
    assertThat(y.isLeaf()).isTrue();
    assertThat(y.requiresGrad()).isFalse();
  }

  @Test
  void non_leaves_keep_their_gradient_when_asked() {
    Tensor x = leaf(1);
    Tensor h = x.mul(2).retainGrad();

    h.mul(3).sum().backward();

    assertThat(h.grad().item()).isEqualTo(3);
    x.clearGrad();
    assertThat(x.hasGrad()).isFalse();
  }

  @Test
  void grad_modes_end_with_their_block_even_by_an_exception() {
    assertThatThrownBy(() ->
            Grad.off(() -> {
              Grad.on(() -> assertThat(Grad.isEnabled()).isTrue());
              assertThat(Grad.isEnabled()).isFalse();
              throw new IllegalStateException("on purpose");
            }))
        .hasMessage("on purpose");

    assertThat(Grad.isEnabled()).isTrue();
  }

  @Test
  void grad_modes_belong_to_their_thread() throws InterruptedException {
    var elsewhere = new boolean[1];
    Grad.off(() -> {
      var thread = new Thread(() -> elsewhere[0] = Grad.isEnabled());
      thread.start();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });

    assertThat(elsewhere[0]).isTrue();
  }
}
