package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.testkit.TwiceOp;
import org.junit.jupiter.api.Test;

/// An operation of our own passes the door as libtorch's do.
class CustomOpTest {
  @Test
  void it_computes_and_has_a_gradient() {
    Tensor x = Tensor.of(1.0f, 2.0f).requiresGrad_(true);
    Tensor y = Ops.tensor(TwiceOp.NAME, x);
    y.sum().backward();
    assertThat(y.toFloats()).containsExactly(2, 4);
    assertThat(x.grad().toFloats()).containsExactly(2, 2);
  }

  @Test
  void it_tells_shapes() {
    Tensor y = Ops.tensor(TwiceOp.NAME, ShapeOnly.of(Shape.of(3, 4), DType.BFLOAT16));
    assertThat(y).isInstanceOf(ShapeOnly.class);
    assertThat(y.shape()).isEqualTo(Shape.of(3, 4));
    assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
  }

  @Test
  void it_is_recorded_in_a_trace() {
    var net = Sequential.named().add("one", new Linear(3, 3)).add("two", new Linear(3, 3)).build();
    Tensor x = Tensor.ones(1, 3);
    Tensor hidden = net.layer("one") instanceof Linear one ? one.apply(x) : x;
    Tensor doubled = Model.of(net).trace(x, t -> Ops.tensor(TwiceOp.NAME, t.at("one").output()));
    assertThat(doubled.toFloats()).isEqualTo(hidden.mul(2).toFloats());
  }

  @Test
  void an_unknown_one_names_the_known_ones() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ops.tensor("microtome::nothing", Tensor.ones(1)))
        .withMessageContaining("no operation 'microtome::nothing'")
        .withMessageContaining(TwiceOp.NAME);
  }
}
