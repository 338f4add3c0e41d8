package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class DenseTensorTest {
  @Test
  void a_seed_gives_pytorchs_numbers_after_a_conv2d_was_initialised() {
    Torch.manualSeed(0);
    Tensor.empty(3, 2, 3, 3).uniform_(-0.2357, 0.2357); // Conv2d(2, 3, 3): weight, then bias
    Tensor.empty(3).uniform_(-0.2357, 0.2357);

    float[] numbers = Tensor.randn(1, 2, 5, 5).toFloats();

    assertThat(List.of(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 6e-5 ? 0 : 1)
        .containsExactly(-0.4503f, -0.5731f, -0.5554f, 0.5943f, 1.5419f);
  }

  @Test
  void every_operation_of_libtorch_is_reached_by_name() {
    Tensor x = Tensor.of(1f, 2f, 3f);

    assertThat(Ops.tensor("aten::special_i0", x).toFloats())
        .usingComparatorWithPrecision(1e-4f)
        .containsExactly(1.26607f, 2.27959f, 4.88079f);
  }

  @Test
  void a_closed_tensor_is_refused_not_read() {
    Tensor x = Tensor.ones(2);
    x.close();

    assertThatThrownBy(x::toFloats)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void numbers_are_visible_as_memory_without_copying() {
    Tensor x = Tensor.zeros(2, 3);

    x.dense().segment().setAtIndex(ValueLayout.JAVA_FLOAT, 4, 7f);

    assertThat(x.get(1, 1).item()).isEqualTo(7.0);
  }

  @Test
  void whole_random_numbers_are_int64_as_in_pytorch() {
    assertThat(Tensor.randint(10, 3).dtype()).isEqualTo(DType.INT64);
    assertThat(Tensor.randint(2, 10, Shape.of(3)).dtype()).isEqualTo(DType.INT64);
    assertThat(Tensor.randperm(3).dtype()).isEqualTo(DType.INT64);
    assertThat(Tensor.arange(3).dtype()).isEqualTo(DType.INT64);
    assertThat(Tensor.full(Shape.of(2), 1).dtype()).isEqualTo(DType.INT64);
  }
}
