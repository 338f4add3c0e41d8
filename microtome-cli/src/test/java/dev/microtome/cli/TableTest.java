package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void words_stand_left_and_numbers_right() {
    var table = new Table("name", ">count").row("a", 1).row("longer", 1000);

    assertThat(table.lines())
        .containsExactly("name    count", "─────────────", "a           1", "longer   1000");
  }

  @Test
  void a_row_of_another_width_is_refused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Table("a", "b").row(1));
  }
}
