package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LensCommandTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir private Path folder;

  private Path page() {
    return folder.resolve("pages/lens.html");
  }

  @Test
  void the_shipped_model_says_paris() throws Exception {
    var session = Session.of("lens", PROMPT, "--html", page().toString());

    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    assertThat(session.out())
        .contains("block 3", "␣Tower", "prediction: \" Paris\"", page().toString())
        .doesNotContain("\u001b");
    assertThat(Files.readString(page())).contains("␣Paris", "entropy").doesNotContain("<script");
  }

  @Test
  void a_narrow_screen_gets_several_blocks_of_columns() {
    var session = Session.of("lens", PROMPT.repeat(3), "--no-html");

    assertThat(session.out().lines().filter(line -> line.startsWith("embeddings")).count())
        .isGreaterThan(1);
  }

  @Test
  void colours_are_written_when_asked_for() {
    assertThat(Session.of("lens", PROMPT, "--no-html", "--color", "always").out())
        .contains("\u001b[");
  }

  @Test
  void the_picture_is_written_where_asked() throws Exception {
    Path picture = folder.resolve("lens.svg");
    Session.of("lens", PROMPT, "--no-html", "--svg", picture.toString());

    assertThat(Files.readString(picture)).startsWith("<svg").contains("␣Paris");
  }

  @Test
  void json_has_every_cell() {
    var session = Session.of("lens", PROMPT, "--no-html", "--json", "--top", "2");

    JsonNode json = new JsonMapper().readTree(session.out());
    assertThat(json.get("tokens").size()).isEqualTo(10);
    assertThat(json.get("layers").size()).isEqualTo(5);
    JsonNode cell = json.get("layers").get(0).get("beliefs").get(0);
    assertThat(cell.get("top").size()).isEqualTo(2);
    assertThat(json.get("prediction").get(0).get("text").stringValue()).isEqualTo(" Paris");
  }

  @Test
  void an_empty_prompt_is_refused_and_nothing_is_written() {
    var session = Session.of("lens", "", "--html", page().toString());

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("empty").hasLineCount(1);
    assertThat(page()).doesNotExist();
  }

  @Test
  void a_prompt_longer_than_the_context_is_refused_with_the_remedy() {
    var session = Session.of("lens", "very ".repeat(100), "--no-html");

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("64", "shorten").hasLineCount(1);
  }

  @Test
  void a_page_that_can_not_be_written_is_an_error_with_its_cause() {
    var session = Session.of("lens", PROMPT, "--html", folder.toString());

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains(folder.toString(), "Exception").hasLineCount(1);
  }

  @Test
  void no_guesses_at_all_are_a_misuse() {
    assertThat(Session.of("lens", PROMPT, "--top", "0").exitCode()).isEqualTo(2);
  }

  @Test
  void a_folder_without_a_model_is_refused_in_one_line() {
    var session = Session.of("lens", PROMPT, "--model", folder.toString(), "--no-html");

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains(folder.toString(), "config.json").hasLineCount(1);
  }
}
