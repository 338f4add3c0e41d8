package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Linear;
import dev.microtome.tensor.Autograd;
import dev.microtome.tensor.Tensor;
import org.junit.jupiter.api.Test;

class DeferredCustomFunctionTest {
  @Test
  void a_function_with_a_backward_of_its_own_is_refused_inside_a_trace() {
    var net = new Linear(3, 2);
    var function = Autograd.function(Tensor::sign, (_, gradient) -> gradient);
    assertThatThrownBy(
            () -> Model.of(net).trace(Tensor.ones(1, 3), t -> function.apply(t.at(net).output())))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("DeferredCustomFunctionTest.java:");
  }
}
