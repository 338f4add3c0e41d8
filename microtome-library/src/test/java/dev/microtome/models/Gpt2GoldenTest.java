package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Against recordings of the Python original, once with the hub's names and once with full ones.
class Gpt2GoldenTest {
  private static Path folder(String name) {
    return ModelFiles.resource("models/" + name);
  }

  private static Safetensors expected(String name) {
    return Safetensors.open(folder(name).resolve("expected.safetensors"));
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.allClose(expected, 2e-4, 2e-4)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2-f32", "gpt2-hubstyle-f32"})
  void the_tree_prints_as_in_python(String name) throws IOException {
    String tree = Files.readString(folder(name).resolve("module_tree.txt"));

    assertThat(Gpt2.load(folder(name))).hasToString(tree.strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2-f32", "gpt2-hubstyle-f32"})
  void logits_and_everything_between_agree(String name) {
    LanguageModel<Gpt2> lm = Gpt2.load(folder(name));
    Gpt2 net = lm.network();
    record Seen(Tensor logits, Tensor mlp, Tensor attention, Tensor embedded, Tensor end) {}

    try (var golden = expected(name)) {
      Seen seen =
          lm.model()
              .trace(
                  new CausalNetwork.Input(golden.tensor("input_ids")),
                  t ->
                      new Seen(
                          t.at(net.lmHead).output(),
                          t.at(net.blocks().get(1).mlp).output(),
                          t.at(net.blocks().get(1).attn).output(),
                          t.at(net.transformer.drop).output(),
                          t.at(net.transformer).output()));

      assertClose(seen.logits(), golden.tensor("logits"));
      assertClose(seen.mlp(), golden.tensor("module_out.mlp.1"));
      assertClose(seen.attention(), golden.tensor("module_out.attn.1"));
      assertClose(seen.embedded(), golden.tensor("hidden_states.0"));
      assertClose(seen.end(), golden.tensor("module_out.final_norm"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2-f32", "gpt2-hubstyle-f32"})
  void gradients_of_parameters_agree(String name) {
    LanguageModel<Gpt2> lm = Gpt2.load(folder(name));
    try (var golden = expected(name)) {
      Tensor logits = lm.logits(golden.tensor("input_ids"));
      Tensor labels = golden.tensor("labels");

      Tensor loss =
          logits
              .get(":", ":-1")
              .flatten(0, 1)
              .crossEntropy(labels.get(":", "1:").contiguous().flatten());
      loss.backward();

      assertClose(loss, golden.tensor("loss"));
      lm.network()
          .namedParameters()
          .forEach((path, p) -> {
            if (golden.contains("grad." + path)) {
              assertClose(p.grad(), golden.tensor("grad." + path));
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"leftpad", "rightpad"})
  void padding_disturbs_nothing(String side) {
    LanguageModel<Gpt2> lm = Gpt2.load(folder("gpt2-f32"));
    try (var golden = expected("gpt2-f32")) {
      Tensor mask = golden.tensor(side + ".attention_mask");
      var input = new CausalNetwork.Input(golden.tensor(side + ".input_ids"), mask);

      Tensor logits = Grad.off(() -> lm.run(input)).logits();

      Tensor real = mask.ne(0);
      assertClose(logits.get(real), golden.tensor(side + ".logits").get(real));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void generated_tokens_are_equal_with_and_without_cache(boolean cache) {
    LanguageModel<Gpt2> lm = Gpt2.load(folder("gpt2-f32"));
    JsonNode golden = ModelFiles.json(folder("gpt2-f32").resolve("expected.json")).path("generate");
    var options = new GenerationOptions().greedy().stopTokens().cache(cache);

    assertThat(generated(lm, golden.path("greedy"), options.maxNewTokens(16)))
        .isEqualTo(sequences(golden.path("greedy")));
    assertThat(generated(lm, golden.path("beam3"), options.maxNewTokens(8).beams(3)))
        .isEqualTo(sequences(golden.path("beam3")));
    JsonNode penalized = golden.path("greedy_repetition_penalty_1.5");
    assertThat(generated(lm, penalized, options.maxNewTokens(12).repetitionPenalty(1.5)))
        .isEqualTo(sequences(penalized));
  }

  private static List<String> generated(
      LanguageModel<?> lm, JsonNode golden, GenerationOptions options) {
    var prompts = new ArrayList<long[]>();
    golden.path("prompt").forEach(row -> prompts.add(longs(row)));
    return lm.generateIds(prompts, options, (_, _, _) -> {}).stream()
        .map(row -> Arrays.toString(row.sequence()))
        .toList();
  }

  private static List<String> sequences(JsonNode golden) {
    var rows = new ArrayList<String>();
    golden.path("sequences").forEach(row -> rows.add(Arrays.toString(longs(row))));
    return rows;
  }

  private static long[] longs(JsonNode row) {
    var ids = new long[row.size()];
    Arrays.setAll(ids, i -> row.get(i).longValue());
    return ids;
  }
}
