package dev.microtome.models.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LensDrawingsTest {
  private static LogitLens.Belief belief(String text) {
    return new LogitLens.Belief(
        List.of(new NextToken(text.hashCode(), text, 0.75), new NextToken(1, " Rome", 0.00001)), 1);
  }

  private static LogitLens lens(String prompt, String... texts) {
    var rows = new ArrayList<LogitLens.Row>();
    for (String text : texts) {
      rows.add(new LogitLens.Row("h." + rows.size(), "block", List.of(belief(text))));
    }
    return new LogitLens(prompt, List.of(" of"), rows);
  }

  @Test
  void an_answer_settles_where_it_appears_and_stays() {
    assertThat(lens("p", "a", "b", "a", "a").settledAt(0)).isEqualTo(2);
    assertThat(lens("p", "a").settledAt(0)).isZero();
  }

  @Test
  void blanks_can_be_seen_and_what_draws_nothing_is_a_number() {
    assertThat(VisibleText.of(" a\n\t\u202e")).isEqualTo("␣a⏎⇥⟨202E⟩");
    assertThat(VisibleText.of("")).isEqualTo("∅");
    assertThat(VisibleText.of("abcdef", 4)).isEqualTo("abc…");
  }

  @Test
  void a_probability_that_is_not_zero_is_not_shown_as_zero() {
    assertThat(VisibleText.percent(0.00001)).isEqualTo("<0.1 %");
    assertThat(VisibleText.percent(0.9731)).isEqualTo("97.3 %");
  }
}
