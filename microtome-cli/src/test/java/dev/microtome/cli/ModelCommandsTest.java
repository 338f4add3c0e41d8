package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ModelCommandsTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir private Path folder;

  private static JsonNode json(Session session) {
    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    return new JsonMapper().readTree(session.out());
  }

  @Test
  void the_summary_lists_layers_shapes_and_totals() {
    var session = Session.of("summary");

    assertThat(session.exitCode()).isZero();
    assertThat(session.out())
        .contains("transformer.h.3.mlp.c_fc", "GPT2Block", "[1, 8, 50257]", "tied")
        .contains("parameters  1,661,152");
  }

  @Test
  void the_summary_counts_tied_weights_once() {
    JsonNode summary = json(Session.of("summary", "--json"));

    assertThat(summary.get("parameters").longValue()).isEqualTo(1_661_152);
    assertThat(summary.get("bytes").longValue()).isEqualTo(4 * 1_661_152);
  }

  @Test
  void a_text_is_continued() {
    var session = Session.of("generate", PROMPT, "--max-new-tokens", "1");

    assertThat(session.exitCode()).isZero();
    assertThat(session.out().strip()).isEqualTo(PROMPT + " Paris");
  }

  @Test
  void drawing_with_a_seed_can_be_repeated() {
    String[] command = {"generate", PROMPT, "--temperature", "3", "--seed", "7", "--json"};

    assertThat(Session.of(command).out()).isEqualTo(Session.of(command).out());
  }

  @Test
  void a_temperature_of_nothing_is_refused() {
    var session = Session.of("generate", PROMPT, "--temperature", "0");

    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.err()).contains("temperature", "--help").hasLineCount(2);
  }

  @Test
  void a_trace_compares_predictions_and_saves_what_a_layer_gave() {
    Path file = folder.resolve("trace.safetensors");
    JsonNode trace =
        json(
            Session.of(
                "trace",
                PROMPT,
                "--save",
                "transformer.h.1.mlp.output",
                "--zero",
                "transformer.h.3.mlp.output",
                "--out",
                file.toString(),
                "--json"));

    assertThat(trace.get("untouched").get(0).get("text").stringValue()).isEqualTo(" Paris");
    assertThat(trace.get("untouched")).isNotEqualTo(trace.get("traced"));
    assertThat(Safetensors.open(file).tensor("transformer.h.1.mlp.output").shape())
        .isEqualTo(Shape.of(1, 10, 32));
  }

  @Test
  void a_trace_reports_what_its_edits_did() {
    String layer = "transformer.h.3.attn.output";
    JsonNode report =
        json(Session.of("trace", PROMPT, "--zero", layer, "--report", "--json")).get("report");

    assertThat(report.get("edits").get(0).get("what").stringValue())
        .isEqualTo(layer + ", replaced");
    assertThat(report.get("edits").get(0).get("change").asDouble()).isPositive();
    assertThat(report.get("peakBytes").asLong()).isPositive();
    assertThat(Session.of("trace", PROMPT, "--zero", layer, "--report").out())
        .contains(layer + ": passed once")
        .contains("largest change");
  }

  @Test
  void a_trace_that_changes_nothing_predicts_the_same() {
    JsonNode trace = json(Session.of("trace", PROMPT, "--json"));

    assertThat(trace.get("traced").get(0).get("id"))
        .isEqualTo(trace.get("untouched").get(0).get("id"));
  }

  @Test
  void a_wrong_path_is_refused_with_near_names() {
    var session = Session.of("trace", PROMPT, "--zero", "transformer.h.1.mpl.output");

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("transformer.h.1.mlp").hasLineCount(1);
  }

  @Test
  void a_path_that_names_no_output_is_refused() {
    var session = Session.of("trace", PROMPT, "--save", "transformer.h.1.mlp");

    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.err()).contains("transformer.h.1.mlp.output");
  }
}
