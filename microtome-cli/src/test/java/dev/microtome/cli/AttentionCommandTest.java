package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AttentionCommandTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir private Path folder;

  @Test
  void the_overview_names_a_token_for_each_head_and_the_page_has_them_all() throws Exception {
    Path page = folder.resolve("attention.html");
    var session = Session.of("attention", PROMPT, "--html", page.toString());

    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    assertThat(session.out()).contains("head 3", "block 3", "␣E", page.toString());
    assertThat(Files.readString(page)).contains("id=\"head-3-3\"", "href=\"#head-0-0\"");
  }

  @Test
  void one_head_is_shown_with_all_its_tokens() {
    var session = Session.of("attention", PROMPT, "--no-html", "--layer", "2", "--head", "1");

    assertThat(session.out().lines().filter(line -> line.startsWith("␣Tower"))).hasSize(1);
  }

  @Test
  void json_has_rows_that_sum_to_one() {
    JsonNode json =
        new JsonMapper().readTree(Session.of("attention", PROMPT, "--no-html", "--json").out());

    JsonNode row = json.get("layers").get(1).get("heads").get(2).get("weights").get(7);
    double sum = 0;
    for (JsonNode weight : row) {
      sum += weight.doubleValue();
    }
    assertThat(sum).isBetween(0.999, 1.001);
    assertThat(row.size()).isEqualTo(10);
  }

  @Test
  void a_head_that_is_not_there_is_a_misuse() {
    assertThat(Session.of("attention", PROMPT, "--layer", "2").exitCode()).isEqualTo(2);
    var session = Session.of("attention", PROMPT, "--layer", "2", "--head", "4");
    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.err()).contains("within 0 and 3");
  }
}
