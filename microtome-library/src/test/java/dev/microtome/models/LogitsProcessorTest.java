package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogitsProcessorTest {
  private static final JsonNode GOLDEN = golden();
  private static final float TOLERANCE = 2e-6f;

  private static final Map<String, List<LogitsProcessor>> RULES =
      Map.ofEntries(
          Map.entry("temperature_0.7", List.of(new LogitsProcessor.Temperature(0.7))),
          Map.entry("top_k_5", List.of(new LogitsProcessor.TopK(5))),
          Map.entry("top_p_0.9", List.of(new LogitsProcessor.TopP(0.9))),
          Map.entry("top_p_0.3", List.of(new LogitsProcessor.TopP(0.3))),
          Map.entry("min_p_0.1", List.of(new LogitsProcessor.MinP(0.1))),
          Map.entry("typical_p_0.5", List.of(new LogitsProcessor.TypicalP(0.5))),
          Map.entry("repetition_penalty_1.3", List.of(new LogitsProcessor.RepetitionPenalty(1.3))),
          Map.entry("no_repeat_ngram_2", List.of(new LogitsProcessor.NoRepeatNgram(2))),
          Map.entry("min_length_10_eos_2", List.of(new LogitsProcessor.MinLength(10, List.of(2L)))),
          Map.entry(
              "bad_words",
              List.of(new LogitsProcessor.BadWords(List.of(List.of(5L, 11L), List.of(4L))))),
          Map.entry("suppress", List.of(new LogitsProcessor.Suppress(List.of(3L, 8L)))),
          Map.entry(
              "chain: repetition_penalty_1.3, temperature_0.7, top_k_5, top_p_0.9",
              LogitsProcessor.of(
                  new GenerationOptions()
                      .sample()
                      .repetitionPenalty(1.3)
                      .temperature(0.7)
                      .topK(5)
                      .topP(0.9),
                  7)));

  private static JsonNode golden() {
    try (InputStream in =
        LogitsProcessorTest.class.getResourceAsStream("/generation/logits-processors.json")) {
      return new JsonMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> names() {
    return GOLDEN.path("results").propertyStream().map(Map.Entry::getKey).toList();
  }

  /// Rows of numbers, null for minus infinity.
  private static Tensor matrix(JsonNode rows) {
    var numbers = new float[rows.size()][];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = new float[rows.get(i).size()];
      for (int j = 0; j < numbers[i].length; j++) {
        JsonNode one = rows.get(i).get(j);
        numbers[i][j] = one.isNull() ? Float.NEGATIVE_INFINITY : one.floatValue();
      }
    }
    return Tensor.of(numbers);
  }

  @ParameterizedTest
  @MethodSource("names")
  void scores_are_those_of_the_golden(String name) {
    Tensor ids = matrix(GOLDEN.path("input_ids")).to(DType.INT64);
    Tensor scores = matrix(GOLDEN.path("scores"));
    Tensor changed = scores;
    for (LogitsProcessor rule : RULES.get(name)) {
      changed = rule.apply(ids, changed);
    }
    float[] found = changed.toFloats();
    float[] wanted = matrix(GOLDEN.path("results").path(name)).toFloats();
    assertThat(found).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.length; i++) {
      if (Float.isInfinite(wanted[i])) {
        assertThat(found[i]).isEqualTo(wanted[i]);
      } else {
        assertThat(found[i]).isCloseTo(wanted[i], within(TOLERANCE));
      }
    }
    assertThat(scores.toFloats()).isEqualTo(matrix(GOLDEN.path("scores")).toFloats());
  }

  @Test
  void every_rule_has_a_golden() {
    assertThat(names()).containsExactlyInAnyOrderElementsOf(RULES.keySet());
  }
}
