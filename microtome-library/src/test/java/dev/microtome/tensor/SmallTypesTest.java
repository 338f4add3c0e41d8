package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SmallTypesTest {
  record Pair(Tensor left, List<Tensor> right, String name) {}

  @Test
  void a_shape_counts_from_both_ends() {
    var shape = Shape.of(2, 3, 4);

    assertThat(shape.get(-1)).isEqualTo(4);
    assertThat(shape.numel()).isEqualTo(24);
    assertThat(new Shape().numel()).isEqualTo(1);
    assertThat(shape).hasToString("[2, 3, 4]").isEqualTo(new Shape(2, 3, 4));
  }

  @Test
  void a_shape_can_not_be_changed_from_outside() {
    long[] dims = {2, 3};
    var shape = new Shape(dims);

    dims[0] = 7;
    shape.dims()[1] = 7;

    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void shapes_refuse_nonsense() {
    assertThatThrownBy(() -> Shape.of(2, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Shape.of(2).get(1))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("dimension 1");
    assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40).numel())
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void dtypes_have_pytorchs_names_and_sizes() {
    assertThat(DType.FLOAT16).hasToString("torch.float16");
    assertThat(DType.named("torch.bfloat16")).isEqualTo(DType.BFLOAT16);
    assertThat(DType.named("float8_e4m3fn").bytes()).isEqualTo(1);
    for (DType type : List.of(DType.INT8, DType.UINT16, DType.FLOAT64, DType.COMPLEX64)) {
      Tensor x = Tensor.zeros(new Shape(3), type);
      assertThat(x.dtype()).isEqualTo(type);
      assertThat(x.dense().segment().byteSize()).isEqualTo(3L * type.bytes());
    }
    assertThatThrownBy(() -> DType.named("float31"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("float31");
  }

  @Test
  void a_device_is_the_default_inside_its_block_only() {
    Tensor meta = Device.META.run(() -> Tensor.ones(2));

    assertThat(meta.device()).isEqualTo(Device.META).hasToString("meta");
    assertThat(Tensor.ones(2).device()).isEqualTo(Device.CPU);
    assertThat(Device.cuda(1)).hasToString("cuda:1");
    assertThatThrownBy(() -> new Device("tpu", 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(meta::toFloats)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("meta");
  }

  @Test
  void values_are_walked_and_rebuilt_in_order() {
    Tensor a = Tensor.of(1f);
    Tensor b = Tensor.of(2f);
    var pair = new Pair(a, List.of(b), "p");

    assertThat(Values.tensors(Map.of("k", pair))).containsExactly(a, b);
    Pair doubled = Values.map(pair, t -> t.mul(2));
    assertThat(doubled.left().item()).isEqualTo(2);
    assertThat(doubled.right().get(0).item()).isEqualTo(4);
    assertThat(doubled.name()).isEqualTo("p");
    assertThat(Values.map(pair, t -> t)).isSameAs(pair);
  }
}
