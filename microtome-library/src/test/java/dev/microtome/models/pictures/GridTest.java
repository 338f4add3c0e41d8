package dev.microtome.models.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.models.interpret.AttentionPatterns;
import dev.microtome.models.interpret.Contrast;
import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.PatchMap;
import dev.microtome.models.interpret.Patching;
import dev.microtome.models.interpret.Prompt;
import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
  private static final Prompt CLEAN = new Prompt("a b", List.of(1L, 2L), List.of("a", " b"));
  private static final Prompt CORRUPT = new Prompt("a c", List.of(1L, 3L), List.of("a", " c"));

  @Test
  void rows_have_a_cell_for_each_column() {
    var row = new Grid.Row("row", List.of(Grid.Cell.EMPTY));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Grid("", List.of(), List.of(row)))
        .withMessageContaining("1 cells for 0 columns");
  }

  @Test
  void heat_stays_within_the_scale() {
    assertThat(new Grid.Cell("", "120 %", 1.2, false, null).heat()).isEqualTo(1);
    assertThat(new Grid.Cell("", "-300 %", -3, false, null).heat()).isEqualTo(-1);
  }

  @Test
  void a_patching_map_shows_both_tokens_where_the_prompts_differ() {
    var contrast =
        new Contrast(CLEAN, CORRUPT, new Contrast.Answer(5, "x"), new Contrast.Answer(6, "y"));
    var map =
        new PatchMap(
            Part.ATTENTION, List.of("block 0"), CLEAN.tokens(), List.of(List.of(-0.004, 0.5)));
    var patching = new Patching(Patching.Method.MEASURED, contrast, 3, -1, List.of(map));

    Grid grid = PatchGrid.of(patching, Part.ATTENTION);

    assertThat(grid.columns())
        .containsExactly(new Grid.Column("a", ""), new Grid.Column("␣b", "␣c"));
    assertThat(grid.rows().getFirst().cells())
        .extracting(Grid.Cell::number)
        .containsExactly("0 %", "50 %");
    Grid.Details details = grid.rows().getFirst().cells().get(1).details();
    assertThat(details).isNotNull();
    assertThat(details.heading()).isEqualTo("block 0, attention at ␣b");
    assertThat(details.lines()).contains(new Grid.Line("logit difference", "+1.00"));
  }

  @Test
  void a_pattern_is_a_triangle_with_the_strongest_tokens_of_each_row() {
    var head = new AttentionPatterns.Head(List.of(List.of(1f, 0f), List.of(0.25f, 0.75f)));
    var patterns =
        new AttentionPatterns(
            CLEAN, List.of(new AttentionPatterns.Layer("block 0", List.of(head))));

    Grid grid = AttentionGrid.of(patterns, 0, 0);
    Grid overview = AttentionGrid.overview(patterns, 1);

    assertThat(grid.rows().getFirst().cells().get(1)).isEqualTo(Grid.Cell.EMPTY);
    assertThat(grid.rows().get(1).details()).isNotNull();
    assertThat(grid.rows().get(1).details().lines())
        .containsExactly(new Grid.Line("␣b", "75.0 %"), new Grid.Line("a", "25.0 %"));
    assertThat(overview.rows().getFirst().cells().getFirst().text()).isEqualTo("␣b");
  }
}
