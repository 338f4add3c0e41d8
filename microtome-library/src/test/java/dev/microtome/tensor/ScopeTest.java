package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopeTest {
  private final List<Tensor> made = new ArrayList<>();

  private Tensor make() {
    Tensor x = Tensor.ones(3);
    made.add(x);
    return x;
  }

  private static void assertFreed(Tensor x) {
    assertThatThrownBy(x::toFloats)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void all_but_the_returned_is_freed() {
    Tensor kept = Scope.run(() -> make().add(make()));

    assertThat(kept.toFloats()).containsExactly(2, 2, 2);
    made.forEach(ScopeTest::assertFreed);
  }

  @Test
  void tensors_in_returned_lists_and_records_are_kept() {
    List<ValuesIndices> kept = Scope.run(() -> List.of(make().sort(0, true)));

    assertThat(kept.get(0).indices().numel()).isEqualTo(3);
    assertFreed(made.get(0));
  }

  @Test
  void saved_tensors_outlive_the_scope() {
    Scope.run(() -> {
      make().save();
      make();
    });

    assertThat(made.get(0).numel()).isEqualTo(3);
    assertFreed(made.get(1));
  }

  @Test
  void what_an_inner_scope_returns_belongs_to_the_outer() {
    Scope.run(() -> {
      Tensor inner = Scope.run(this::make);
      assertThat(inner.numel()).isEqualTo(3);
    });

    assertFreed(made.get(0));
  }

  @Test
  void an_exception_frees_everything_and_passes() {
    assertThatThrownBy(() ->
            Scope.run(() -> {
              make();
              throw new IllegalArgumentException("mine");
            }))
        .hasMessage("mine");

    assertFreed(made.get(0));
  }

  @Test
  void tensors_from_outside_are_left_alone() {
    Tensor outside = make();

    Scope.run(() -> outside.add(1));

    assertThat(outside.numel()).isEqualTo(3);
  }
}
