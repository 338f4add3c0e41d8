package dev.microtome.models.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against patterns recorded from the Python original.
class AttentionPatternsTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt2-f32", "llama-gqa-tied-bf16"})
  void patterns_are_those_of_the_original(String name) throws URISyntaxException {
    Path folder =
        Path.of(
            Objects.requireNonNull(AttentionPatternsTest.class.getResource("/models/" + name))
                .toURI());
    try (var golden = Safetensors.open(folder.resolve("expected.safetensors"))) {
      long[] ids = golden.tensor("input_ids").get(0).toLongs();
      AttentionPatterns patterns =
          AttentionPatterns.of(LanguageModel.load(folder), Subjects.prompt(ids));

      for (int layer = 0; layer < patterns.layers().size(); layer++) {
        Tensor expected = golden.tensor("attentions." + layer).get(0); // (heads, tokens, tokens)
        assertThat(patterns.layers().get(layer).heads()).hasSize((int) expected.size(0));
        for (int head = 0; head < expected.size(0); head++) {
          int last = ids.length - 1;
          for (int to = 0; to < ids.length; to++) {
            assertThat((double) patterns.head(layer, head).weight(last, to))
                .isCloseTo(expected.get(head, last, to).item(), within(2e-4));
          }
        }
      }
    }
  }
}
