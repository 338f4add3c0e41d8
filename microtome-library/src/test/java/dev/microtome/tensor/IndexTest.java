package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexTest {
  /// 0…11 as 3 rows of 4.
  private static Tensor grid() {
    return Tensor.arange(12).reshape(3, 4);
  }

  @Test
  void integers_select_and_drop_the_dimension() {
    assertThat(grid().get(1).toLongs()).containsExactly(4, 5, 6, 7);
    assertThat(grid().get(-1, -2).item()).isEqualTo(10);
    assertThat(grid().get(2L, 0).shape()).isEqualTo(new Shape());
  }

  @Test
  void slices_have_starts_stops_and_steps() {
    assertThat(grid().get(":", "1:3"))
        .hasToString("tensor([[ 1,  2],\n        [ 5,  6],\n        [ 9, 10]])");
    assertThat(grid().get("::2", "-2:").toLongs()).containsExactly(2, 3, 10, 11);
    assertThat(grid().get("1:", "::3").toLongs()).containsExactly(4, 7, 8, 11);
    assertThat(grid().get("5:").shape()).isEqualTo(Shape.of(0, 4));
  }

  @Test
  void an_ellipsis_stands_for_the_dimensions_between() {
    Tensor x = Tensor.arange(24).reshape(2, 3, 4);

    assertThat(x.get("...", 0).toLongs()).containsExactly(0, 4, 8, 12, 16, 20);
    assertThat(x.get(1, "...", 2).toLongs()).containsExactly(14, 18, 22);
    assertThat(x.get("...").shape()).isEqualTo(Shape.of(2, 3, 4));
  }

  @Test
  void none_makes_a_new_axis_wherever_it_stands() {
    Tensor x = Tensor.zeros(3, 4, 5);
    for (int again = 0; again < 20; again++) {
      assertThat(x.get("None").shape()).isEqualTo(Shape.of(1, 3, 4, 5));
      assertThat(x.get(0, "1:4:2", "None").shape()).isEqualTo(Shape.of(2, 1, 5));
      assertThat(x.get("None", "None", "1:").shape()).isEqualTo(Shape.of(1, 1, 2, 4, 5));
      assertThat(x.get("...", "None", 2).shape()).isEqualTo(Shape.of(3, 4, 1));
      assertThat(x.get("...", "None").shape()).isEqualTo(Shape.of(3, 4, 5, 1));
    }
  }

  @Test
  void index_tensors_gather_and_masks_filter() {
    assertThat(grid().get(Tensor.of(2L, 0L)).toLongs()).containsExactly(8, 9, 10, 11, 0, 1, 2, 3);
    assertThat(grid().get(Tensor.of(0L, 1L, 2L), Tensor.of(3L, 2L, -4L)).toLongs())
        .containsExactly(3, 6, 8);
    assertThat(grid().get(":", Tensor.of(1L, 1L)).toLongs()).containsExactly(1, 1, 5, 5, 9, 9);
    assertThat(grid().get(grid().gt(8)).toLongs()).containsExactly(9, 10, 11);
    assertThat(grid().get(Tensor.of(true, false, true), 0).toLongs()).containsExactly(0, 8);
    assertThat(grid().get(grid().gt(8), "None").shape()).isEqualTo(Shape.of(3, 1));
  }

  @Test
  void a_boolean_adds_an_axis_as_in_pytorch() {
    assertThat(grid().get(true).shape()).isEqualTo(Shape.of(1, 3, 4));
    assertThat(grid().get(false).shape()).isEqualTo(Shape.of(0, 3, 4));
  }

  @Test
  void reading_without_tensors_is_a_view() {
    Tensor x = grid();

    x.get(0).fill_(7);

    assertThat(x.get(0, 2).item()).isEqualTo(7);
  }

  @Test
  void assignment_broadcasts_and_returns_the_whole() {
    Tensor x = grid();

    assertThat(x.at(":", 0).set(-1)).isSameAs(x);
    x.at(1).set(Tensor.of(9L));
    x.at(x.eq(9)).set(0);
    x.at("...", "-1:").set(Tensor.of(new long[][] {{20}, {21}, {22}}));

    assertThat(x.toLongs()).containsExactly(-1, 1, 2, 20, 0, 0, 0, 21, -1, 0, 10, 22);
  }

  @Test
  void assignment_through_index_tensors_and_new_axes_reaches_the_tensor() {
    Tensor x = Tensor.zeros(2, 3);

    x.at(Tensor.of(0L, 1L), Tensor.of(2L, 0L)).set(Tensor.of(5f, 6f));
    x.at("None", 0, 1).set(4);

    assertThat(x.toFloats()).containsExactly(0, 4, 5, 6, 0, 0);
  }

  @Test
  void an_index_out_of_range_is_refused_by_name() {
    assertThatThrownBy(() -> grid().get(0, 4))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("[getitem(int64[3, 4], [0, 4])]")
        .hasMessageContaining("index 4 is out of bounds for dimension 1 with size 4");
    assertThatThrownBy(() -> Tensor.zeros(1, 10).get(0, 0, 0))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("too many indices");
    assertThatThrownBy(() -> grid().at(0).set(Tensor.of(1L, 2L)))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("expanded size of the tensor (4) must match the existing size (2)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "1:b", "1:2:3:4", "1 2", "1.5", "..", "none"})
  void text_that_is_no_index_is_refused(String text) {
    assertThatThrownBy(() -> grid().get(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\" is not an index");
  }

  @Test
  void other_objects_are_refused() {
    assertThatThrownBy(() -> grid().get(1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'1.5' (Double) is not an index");
  }
}
