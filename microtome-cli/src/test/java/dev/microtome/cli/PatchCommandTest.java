package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PatchCommandTest {
  private static final String CLEAN = "The Eiffel Tower is in the city of";
  private static final String CORRUPT = "The Colosseum is in the city of";

  @TempDir private Path folder;

  @Test
  void the_map_shows_where_the_fact_is_read() throws Exception {
    Path page = folder.resolve("patch.html");
    Path picture = folder.resolve("patch.svg");
    var session =
        Session.of(
            "patch",
            "--clean",
            CLEAN,
            "--corrupt",
            CORRUPT,
            "--html",
            page.toString(),
            "--svg",
            picture.toString());

    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    assertThat(session.out())
        .contains("residual stream", "attention", "MLP", "heads", "␣Col", "\" Paris\" - \" Rome\"")
        .contains(page.toString(), picture.toString())
        .doesNotContain("\u001b");
    assertThat(Files.readString(page))
        .contains("type=\"radio\"", "␣Tower")
        .doesNotContain("<script");
    assertThat(Files.readString(picture)).startsWith("<svg").contains("␣Col");
  }

  @Test
  void json_has_every_map_and_the_estimate_agrees_on_where_the_answer_ends() {
    JsonNode measured = json();
    JsonNode estimated = json("--estimate");

    assertThat(measured.get("maps").propertyNames()).containsExactly("resid", "heads");
    assertThat(measured.get("maps").get("resid").get("effects").size()).isEqualTo(5);
    assertThat(measured.get("method").stringValue()).isEqualTo("activation patching");
    assertThat(estimated.get("method").stringValue()).isEqualTo("attribution patching");
    for (JsonNode json : new JsonNode[] {measured, estimated}) {
      JsonNode last = json.get("maps").get("resid").get("effects").get(4);
      assertThat(last.get(9).doubleValue()).isGreaterThan(0.5);
      assertThat(json.get("answer").get("text").stringValue()).isEqualTo(" Paris");
    }
  }

  private static JsonNode json(String... more) {
    String[] command = {
      "patch",
      "--clean",
      CLEAN,
      "--corrupt",
      CORRUPT,
      "--no-html",
      "--json",
      "--part",
      "resid,heads"
    };
    var all = new java.util.ArrayList<>(java.util.List.of(command));
    all.addAll(java.util.List.of(more));
    return new JsonMapper().readTree(Session.of(all.toArray(String[]::new)).out());
  }

  @Test
  void prompts_that_do_not_line_up_are_refused_and_nothing_is_written() {
    Path page = folder.resolve("patch.html");
    var session =
        Session.of(
            "patch", "--clean", CLEAN, "--corrupt", "The Kremlin is", "--html", page.toString());

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("10 tokens").hasLineCount(1);
    assertThat(page).doesNotExist();
  }

  @Test
  void a_missing_prompt_and_an_unknown_part_are_misuses() {
    assertThat(Session.of("patch", "--clean", CLEAN).exitCode()).isEqualTo(2);
    var session = Session.of("patch", "--clean", CLEAN, "--corrupt", CORRUPT, "--part", "mpl");
    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.err()).contains("'mpl' is no part");
  }

  @Test
  void an_answer_of_several_tokens_is_refused() {
    var session =
        Session.of("patch", "--clean", CLEAN, "--corrupt", CORRUPT, "--answer", "Paris in France");

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("leading blank").hasLineCount(1);
  }
}
