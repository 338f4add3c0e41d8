package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OpsTest {
  @Test
  void schemas_are_listed_without_out_variants() {
    assertThat(Ops.schemas("aten::max"))
        .anyMatch(s -> s.startsWith("aten::max.dim(Tensor self, int dim, bool keepdim=False)"))
        .noneMatch(s -> s.contains("out"));
    assertThat(Ops.schemas("aten::no_such_thing")).isEmpty();
  }

  @Test
  void a_schema_is_read_into_its_parts() {
    var schema =
        OpSchema.parse(
            "aten::f.over(Tensor(a!) self, int[2]? size=None, *, str mode=\"a, b\", Tensor?[] xs=[])"
                + " -> Tensor(a!)");

    assertThat(schema.name()).isEqualTo("aten::f");
    assertThat(schema.overload()).isEqualTo("over");
    assertThat(schema.isOut()).isFalse();
    assertThat(schema.parameters())
        .extracting(OpSchema.Parameter::type)
        .containsExactly("Tensor", "int[]?", "str", "Tensor?[]");
    assertThat(schema.parameters().get(2).defaultValue()).isEqualTo("\"a, b\"");
    assertThat(schema.parameters().get(1).nullable()).isTrue();
  }

  @Test
  void optional_arguments_may_be_null_or_left_out() {
    Tensor x = Tensor.of(-1f, 0f, 3f);

    assertThat(x.clamp(null, 1).toFloats()).containsExactly(-1, 0, 1);
    assertThat(Ops.tensor("aten::clamp", x, 0).toFloats()).containsExactly(0, 0, 3);
    assertThat(Ops.tensor("aten::sum", x, null, true, DType.FLOAT64).dtype())
        .isEqualTo(DType.FLOAT64);
  }

  @Test
  void lists_of_tensors_may_hold_holes_where_the_schema_says_so() {
    Tensor x = Tensor.arange(6).reshape(2, 3);

    assertThat(Ops.tensor("aten::cat", List.of(x, x), 1).shape()).isEqualTo(Shape.of(2, 6));
    assertThat(Ops.tensor("aten::index", x, Arrays.asList(null, Tensor.of(2L, 0L))).toLongs())
        .containsExactly(2, 0, 5, 3);
  }

  @Test
  void dtypes_and_devices_are_arguments() {
    Tensor x = Ops.tensor("aten::zeros", new Shape(2), DType.INT16, null, Device.META);

    assertThat(x.dtype()).isEqualTo(DType.INT16);
    assertThat(x.device()).isEqualTo(Device.META);
  }

  @Test
  void several_results_are_a_list() {
    ValuesIndices top = Tensor.of(1f, 9f, 4f).topk(2);

    assertThat(top.values().toFloats()).containsExactly(9, 4);
    assertThat(top.indices().toLongs()).containsExactly(1, 2);
  }

  @Test
  void arguments_that_fit_nothing_list_what_would() {
    assertThatThrownBy(() -> Ops.call("aten::tril", Tensor.ones(2, 2), "down"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fits no overload of aten::tril")
        .hasMessageContaining("aten::tril(Tensor self, SymInt diagonal=0)");
    assertThatThrownBy(() -> Ops.call("aten::no_such_thing", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no operation 'aten::no_such_thing'");
  }

  @Test
  void a_refusal_says_why_what_and_where() {
    assertThatThrownBy(() -> Tensor.ones(1, 10).matmul(Tensor.ones(1, 2)))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("mat1 and mat2 shapes cannot be multiplied (1x10 and 1x2)")
        .hasMessageContaining("[aten::matmul(float32[1, 10], float32[1, 2])]")
        .hasMessageMatching("(?s).* at OpsTest\\.java:\\d+")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  @Test
  void shapes_alone_are_refused_as_the_real_run_refuses() {
    var x = ShapeOnly.of(Tensor.ones(1, 10));

    assertThatThrownBy(() -> x.matmul(Tensor.ones(1, 2)))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("cannot be multiplied");
    assertThatThrownBy(() -> x.get(0, 10))
        .hasMessageContaining("index 10 is out of bounds for dimension 1 with size 10");
    assertThatThrownBy(() -> x.where(Tensor.of(true, false, true), x))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("aten::where");
    assertThatThrownBy(
            () -> ShapeOnly.of(Tensor.ones(1, 4, 5, 5)).conv2d(Tensor.ones(3, 2, 3, 3), null))
        .hasMessageContaining("to have 2 channels, but got 4 channels instead");
  }

  @Test
  void virtual_threads_are_refused() throws InterruptedException {
    Tensor x = Tensor.ones(2);
    var seen = new AtomicReference<Throwable>();

    Thread.ofVirtual()
        .start(() -> {
          try {
            x.add(1);
          } catch (IllegalStateException refused) {
            seen.set(refused);
          }
        })
        .join();

    assertThat(seen.get()).hasMessageContaining("platform thread");
  }
}
