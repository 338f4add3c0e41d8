package dev.microtome.models.lens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LensTableTest {
  private static final String HOSTILE = "</td><script>alert(1)</script><img src=x onerror=1>\"'&";

  private static LensCell cell(long id, String token) {
    return new LensCell(
        List.of(new Guess(id, token, 0.75), new Guess(id + 1, HOSTILE, 0.00001)), 1.5);
  }

  private static LensTable table(String prompt, String... guesses) {
    var rows = new ArrayList<LensRow>();
    for (String guess : guesses) {
      rows.add(new LensRow("h." + rows.size(), List.of(cell(guess.hashCode(), guess))));
    }
    return new LensTable("tiny", prompt, List.of(" of"), rows);
  }

  @Test
  void an_answer_settles_where_it_appears_and_stays() {
    assertThat(table("p", "a", "b", "a", "a").settledAt(0)).isEqualTo(2);
    assertThat(table("p", "a").settledAt(0)).isZero();
  }

  @Test
  void text_of_tokens_never_becomes_markup() {
    LensTable table = table(HOSTILE, HOSTILE);

    for (String drawn : List.of(LensPage.of(table), LensPicture.of(table))) {
      assertThat(drawn).doesNotContain("<script", "<img", "onerror=1>\"");
    }
  }

  @Test
  void pictures_ask_for_nothing_from_elsewhere() {
    LensTable table = table("Where is it?", " Paris");

    assertThat(LensPage.of(table))
        .contains("default-src 'none'")
        .doesNotContain(" src=\"", "href", "url(");
    assertThat(LensPicture.of(table)).doesNotContain("href", "url(", "<image");
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

  @Test
  void rows_of_another_length_are_refused() {
    var row = new LensRow("h.0", List.of());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LensTable("m", "p", List.of("a"), List.of(row)))
        .withMessageContaining("h.0");
  }
}
