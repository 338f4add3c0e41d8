package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.testkit.GradCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CustomFunctionTest {
  /// `x Wᵀ`, written out.
  private static final class MatMul extends CustomFunction {
    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      context.save(inputs.get(0), inputs.get(1));
      return inputs.get(0).matmul(inputs.get(1).transpose(0, 1));
    }

    @Override
    protected List<@Nullable Tensor> backward(FunctionContext context, Tensor gradient) {
      Tensor x = context.saved(0);
      Tensor w = context.saved(1);
      return Arrays.asList(
          context.needsGrad(0) ? gradient.matmul(w) : null,
          context.needsGrad(1) ? gradient.transpose(0, 1).matmul(x) : null);
    }
  }

  private static final class Cube extends CustomFunction {
    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      context.save(inputs.get(0));
      return inputs.get(0).pow(3);
    }

    @Override
    protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
      return List.of(context.saved(0).pow(2).mul(3).mul(gradient));
    }

    @Override
    protected boolean twiceDifferentiable() {
      return true;
    }
  }

  private static final CustomFunction SQUARE =
      Autograd.function(x -> x.mul(x), (x, gradient) -> gradient.mul(x).mul(2));

  private static Tensor leaf(double... numbers) {
    return Tensor.of(numbers).requiresGrad_(true);
  }

  @Test
  void gradients_agree_with_finite_differences() {
    Torch.manualSeed(0);
    var x = Tensor.randn(new Shape(3, 4), DType.FLOAT64);
    var w = Tensor.randn(new Shape(5, 4), DType.FLOAT64);

    GradCheck.check(in -> new MatMul().apply(in.get(0), in.get(1)), x, w);
    GradCheck.check(in -> new MatMul().apply(in.get(0).mul(2), in.get(1)).tanh(), x, w);
    GradCheck.check(in -> SQUARE.apply(in.get(0)).mul(SQUARE.apply(in.get(0)).exp()), x);
  }

  @Test
  void rounding_straight_through_is_exact_in_value_and_gradient() {
    Torch.manualSeed(0);
    Tensor x = Tensor.randn(1000).mul(37).requiresGrad_(true);

    Tensor y = Autograd.straightThrough(x, Tensor::round);
    y.sum().backward();

    assertThat(y.toFloats()).containsExactly(x.detach().round().toFloats());
    assertThat(x.grad().toFloats()).containsOnly(1f);
  }

  @Test
  void the_same_input_twice_receives_both_gradients() {
    Tensor x = leaf(1, 2, 3).reshape(1, 3).detach().requiresGrad_(true);

    new MatMul().apply(x, x).sum().backward();

    assertThat(x.grad().toDoubles()).containsExactly(2, 4, 6);
  }

  @Test
  void an_output_used_twice_receives_the_sum() {
    Tensor x = leaf(1, 2);

    Tensor y = SQUARE.apply(x);
    y.add(y.mul(10)).sum().backward();

    assertThat(x.grad().toDoubles()).containsExactly(22, 44);
  }

  @Test
  void inputs_that_need_no_gradient_get_none_and_null_gradients_are_allowed() {
    Tensor x = Tensor.ones(new Shape(2, 3), DType.FLOAT64);
    Tensor w = Tensor.ones(new Shape(4, 3), DType.FLOAT64).requiresGrad_(true);

    new MatMul().apply(x, w).sum().backward();

    assertThat(x.hasGrad()).isFalse();
    assertThat(w.grad().toDoubles()).containsOnly(2);
  }

  @Test
  void without_gradients_wanted_no_node_is_made() {
    Tensor x = leaf(3);

    assertThat(SQUARE.apply(x.detach()).requiresGrad()).isFalse();
    assertThat(Grad.off(() -> SQUARE.apply(x)).requiresGrad()).isFalse();
    assertThat(SQUARE.apply(x).isLeaf()).isFalse();
  }

  @Test
  void a_retained_graph_runs_again_and_a_freed_one_is_refused() {
    Tensor x = leaf(1, 2);
    Tensor y = SQUARE.apply(x).sum();

    y.backward(null, true, false);
    y.backward();

    assertThat(x.grad().toDoubles()).containsExactly(4, 8);
    assertThatThrownBy(y::backward)
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("backward through the graph a second time");
  }

  @Test
  void exceptions_in_backward_come_out_as_they_were() {
    var original = new ArithmeticException("on purpose");
    var broken =
        Autograd.function(
            x -> x.mul(2),
            (_, _) -> {
              throw original;
            });
    Tensor x = leaf(1);

    assertThatThrownBy(() -> broken.apply(x).sum().backward()).isSameAs(original);
    assertThat(x.hasGrad()).isFalse();
  }

  @Test
  void a_gradient_of_the_wrong_shape_is_refused_by_name() {
    var wrong = Autograd.function(x -> x.mul(2), (_, gradient) -> gradient.sum());

    assertThatThrownBy(() -> wrong.apply(leaf(1, 2)).sum().backward())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gave a gradient of shape [] for input 0, whose shape is [2]");
  }

  @Test
  void a_saved_tensor_edited_in_place_is_noticed() {
    Tensor x = leaf(1, 2);
    Tensor h = x.mul(1);
    Tensor y = SQUARE.apply(h).sum();
    h.add_(1);

    assertThatThrownBy(y::backward)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("modified in place before backward");
  }

  @Test
  void saved_tensors_survive_scopes_and_close() {
    Tensor x = leaf(1, 2);

    Tensor y =
        Scope.run(() -> {
          Tensor h = x.mul(3);
          Tensor squared = SQUARE.apply(h);
          h.dense().close();
          return squared.sum();
        });
    System.gc();
    y.backward();

    assertThat(x.grad().toDoubles()).containsExactly(18, 36);
  }

  @Test
  void second_derivatives_are_refused_unless_declared() {
    Tensor x = leaf(2);

    assertThatThrownBy(() -> SQUARE.apply(x).sum().backward(null, true, true))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("second derivative");

    Tensor first =
        Autograd.grad(List.of(new Cube().apply(x)), List.of(x), null, true, true, false).getFirst();
    Tensor second = Autograd.grad(first.sum(), x).getFirst();
    assertThat(first.item()).isEqualTo(12);
    assertThat(second.item()).isEqualTo(12);
  }

  @Test
  void the_input_itself_may_be_returned() {
    Tensor x = leaf(1, 2);
    var same = Autograd.function(in -> in, (_, gradient) -> gradient.mul(5));

    Tensor y = same.apply(x);
    y.sum().backward();

    assertThat(x.isLeaf()).isTrue();
    assertThat(x.grad().toDoubles()).containsExactly(5, 5);
  }

  @Test
  void hooks_and_retained_gradients_of_the_output_see_the_arriving_gradient() {
    Tensor x = leaf(1, 2);
    Tensor y = SQUARE.apply(x).retainGrad();
    try (var hook = Autograd.hook(y, gradient -> gradient.mul(10))) {
      y.mul(3).sum().backward();
      assertThat(hook).isNotNull();
    }

    assertThat(y.grad().toDoubles()).containsExactly(30, 30);
    assertThat(x.grad().toDoubles()).containsExactly(60, 120);
    assertThat(Autograd.grad(SQUARE.apply(x).sum(), x).getFirst().toDoubles())
        .containsExactly(2, 4);
  }

  @Test
  void backward_may_run_another_backward() {
    var nested =
        Autograd.function(
            x -> x.mul(x),
            (x, gradient) ->
                Grad.on(() -> {
                  Tensor again = x.detach().requiresGrad_(true);
                  return Autograd.grad(SQUARE.apply(again).sum(), again).getFirst().mul(gradient);
                }));
    Tensor x = leaf(3);

    nested.apply(x).sum().backward();

    assertThat(x.grad().item()).isEqualTo(6);
  }

  @Test
  void everything_is_freed_with_the_graph_while_the_collector_runs() {
    var backwards = new AtomicInteger();
    var counted =
        Autograd.function(
            x -> x.mul(2),
            (_, gradient) -> {
              backwards.incrementAndGet();
              return gradient.mul(2);
            });
    Tensor x = leaf(1, 2);
    int before = GraphEnd.alive();
    for (int i = 0; i < 300; i++) {
      boolean run = i % 3 != 0;
      Scope.run(() -> {
        Tensor y = counted.apply(counted.apply(x)).sum();
        if (run) {
          y.backward();
        }
      });
      if (i % 50 == 0) {
        System.gc();
      }
    }

    assertThat(backwards).hasValue(400);
    assertThat(GraphEnd.alive()).isLessThanOrEqualTo(before); // others' garbage may go meanwhile
  }

  @Test
  void several_threads_may_run_a_retained_graph() throws InterruptedException {
    Tensor x = leaf(1, 2);
    Tensor y = SQUARE.apply(x.mul(1)).sum();
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 3; t++) {
      var thread =
          new Thread(() -> {
            for (int i = 0; i < 200; i++) {
              y.backward(null, true, false);
            }
          });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(x.grad().toDoubles()).containsExactly(1200, 2400);
  }

  @Test
  void saving_is_for_forward() {
    var late =
        new CustomFunction() {
          @Override
          protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
            return inputs.get(0).mul(2);
          }

          @Override
          protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
            context.save(gradient);
            return List.of(gradient);
          }
        };

    assertThatThrownBy(() -> late.apply(leaf(1)).backward())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("in forward only");
  }
}
