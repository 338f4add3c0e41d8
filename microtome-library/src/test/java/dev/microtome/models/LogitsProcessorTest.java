package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Against recordings of the Python libraries' processors.
class LogitsProcessorTest {
  private static final JsonNode GOLDEN =
      ModelFiles.json(ModelFiles.resource("generation/logits-processors.json"));

  static List<Arguments> cases() {
    return List.of(
        Arguments.of("temperature_0.7", options().topK(0).temperature(0.7)),
        Arguments.of("top_k_5", options().topK(5)),
        Arguments.of("top_p_0.9", options().topK(0).topP(0.9)),
        Arguments.of("top_p_0.3", options().topK(0).topP(0.3)),
        Arguments.of("min_p_0.1", options().topK(0).minP(0.1)),
        Arguments.of("typical_p_0.5", options().topK(0).typicalP(0.5)),
        Arguments.of("repetition_penalty_1.3", options().repetitionPenalty(1.3)),
        Arguments.of("no_repeat_ngram_2", options().noRepeatNgram(2)),
        Arguments.of("min_length_10_eos_2", options().minNewTokens(3).stopTokens(2)),
        Arguments.of("bad_words", options().badWords(List.of(List.of(4L), List.of(5L, 11L)))),
        Arguments.of("suppress", options().suppressed(3, 8)),
        Arguments.of(
            "chain: repetition_penalty_1.3, temperature_0.7, top_k_5, top_p_0.9",
            options().repetitionPenalty(1.3).temperature(0.7).topK(5).topP(0.9)));
  }

  private static GenerationOptions options() {
    return new GenerationOptions();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scores_agree(String name, GenerationOptions options) {
    Tensor ids = Tensor.of(longs(GOLDEN.path("input_ids")));
    Tensor scores = Tensor.of(floats(GOLDEN.path("scores")));
    Tensor before = scores.copy();

    Tensor changed = scores;
    for (LogitsProcessor rule : LogitsProcessor.of(options, 7)) {
      changed = rule.apply(ids, changed);
    }

    Tensor expected = Tensor.of(floats(GOLDEN.path("results").path(name)));
    assertThat(changed.allClose(expected, 1e-4, 1e-5)).as("%s\n%s", changed, expected).isTrue();
    assertThat(scores.equal(before)).as("the given scores stay").isTrue();
  }

  private static long[][] longs(JsonNode rows) {
    var all = new ArrayList<long[]>();
    for (JsonNode row : rows) {
      var numbers = new long[row.size()];
      java.util.Arrays.setAll(numbers, i -> row.get(i).longValue());
      all.add(numbers);
    }
    return all.toArray(long[][]::new);
  }

  private static float[][] floats(JsonNode rows) {
    var all = new ArrayList<float[]>();
    for (JsonNode row : rows) {
      var numbers = new float[row.size()];
      for (int i = 0; i < numbers.length; i++) {
        JsonNode number = row.get(i);
        numbers[i] = number.isNull() ? Float.NEGATIVE_INFINITY : number.floatValue();
      }
      all.add(numbers);
    }
    return all.toArray(float[][]::new);
  }
}
