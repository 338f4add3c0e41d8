package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The shipped model with a template that lets the last message stand as a text to be continued.
class ChatCommandTest {
  private static final Path SHIPPED = Path.of("../models/gpt2-facts");
  private static final String TEMPLATE =
      """
      {%- for message in messages %}
      {%- if message.role == 'tool' %}{{ raise_exception('no tools here') }}{% endif %}
      {%- endfor %}
      {%- if messages[0].role == 'system' %}{{ messages[0].content + ' ' }}{% endif %}
      {{- messages[-1].content }}\
      """;

  @TempDir private Path folder;

  @BeforeEach
  void copy() throws IOException {
    for (String file :
        List.of("config.json", "generation_config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(SHIPPED.resolve(file), folder.resolve(file));
    }
    Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
  }

  private Session talk(String input, String... more) {
    var command = new ArrayList<>(List.of("chat", "--model", folder.toString()));
    command.addAll(List.of(more));
    return Session.typing(input, command.toArray(String[]::new));
  }

  @Test
  void every_line_is_answered_until_the_end() {
    var session =
        talk(
            "The Eiffel Tower is in the city of\n\nThe Colosseum is in the city of\n/exit\nThe\n",
            "--max-new-tokens",
            "1");

    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    assertThat(session.out().lines()).containsExactly(" Paris", " Rome");
  }

  @Test
  void the_system_message_comes_first_and_clearing_keeps_it() {
    var session =
        talk(
            "is in the city of\n/clear\nis in the city of",
            "--system",
            "The Colosseum",
            "--max-new-tokens",
            "1",
            "--json");

    List<JsonNode> answers =
        session.out().lines().map(line -> new JsonMapper().readTree(line)).toList();
    assertThat(answers)
        .hasSize(2)
        .allSatisfy(answer -> {
          assertThat(answer.get("role").stringValue()).isEqualTo("assistant");
          assertThat(answer.get("content").stringValue()).isEqualTo(" Rome");
        });
  }

  @Test
  void a_message_that_does_not_fit_is_refused_and_the_next_is_answered() {
    var session =
        talk(
            "very ".repeat(100) + "\nThe Eiffel Tower is in the city of\n",
            "--max-new-tokens",
            "1");

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("shorten", "/clear").hasLineCount(1);
    assertThat(session.out().strip()).isEqualTo("Paris");
  }

  @Test
  void a_model_without_a_template_is_refused() throws IOException {
    Files.delete(folder.resolve("chat_template.jinja"));

    var session = talk("Hello\n");
    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains(folder.toString(), "chat_template.jinja").hasLineCount(1);
    assertThat(Session.typing("Hello\n", "chat").err()).contains("--model").hasLineCount(1);
  }

  @Test
  void senseless_options_are_misuses() {
    assertThat(talk("Hello\n", "--temperature", "0").exitCode()).isEqualTo(2);
  }
}
