package dev.microtome.bench.golden;

import dev.microtome.models.Generated;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A trained model: prompts with their tokens, what goes on inside, and the text they are continued
/// by, id by id.
final class TextGoldens {
  private final ModelCase one;
  private final LanguageModel<?> lm;

  private TextGoldens(ModelCase one) {
    this.one = one;
    lm = one.open();
  }

  static void check(ModelCase one) {
    var goldens = new TextGoldens(one);
    int index = 0;
    for (Map.Entry<String, JsonNode> prompt : one.expected().path("prompts").properties()) {
      String name = "prompts.p" + index++;
      one.found().attempt(name, () -> goldens.prompt(name, prompt.getKey(), prompt.getValue()));
    }
    if (one.expected().has("sorts_correctly")) {
      one.found().attempt("sorts_correctly", goldens::sorting);
    }
    JsonNode whole = one.expected().path("bos_only_256");
    if (whole.isObject()) {
      one.found().attempt("bos_only_256", () -> goldens.continued("bos_only_256", whole));
    }
    JsonNode loss = one.expected().path("nll");
    if (loss.isObject()) {
      one.found().attempt("nll", () -> goldens.loss(loss));
    }
  }

  private void prompt(String name, String key, JsonNode golden) {
    String text = golden.path("text").asString(key); // older ones have it for a key
    long[] ids = ModelCase.longs(golden.path("ids"));
    one.found().equal(name + ".ids", Arrays.toString(ids), Arrays.toString(lm.encode(text)));
    Grad.off(() -> {
      inside(name.substring(name.indexOf('.') + 1), ids);
      return true;
    });
    JsonNode greedy = golden.path(golden.has("greedy_ids") ? "greedy_ids" : "greedy_80_new_ids");
    long[] sequence = ModelCase.longs(greedy);
    Generated generated = generate(ids, sequence.length - ids.length);
    one.found()
        .equal(name + ".greedy", Arrays.toString(sequence), Arrays.toString(generated.sequence()));
    one.found().equal(name + ".text", golden.path("greedy_text").asString(""), generated.text());
    int rank = 0;
    for (JsonNode next : golden.path("next")) {
      var found = lm.next(text, rank + 1).get(rank++);
      one.found().close(name + ".next " + rank, next.path(1).asDouble(), found.probability());
    }
  }

  private Generated generate(long[] ids, int count) {
    var options = new GenerationOptions().greedy().maxNewTokens(count);
    return lm.generateIds(List.of(ids), options, (_, _, _) -> {}).getFirst();
  }

  private void inside(String key, long[] ids) {
    if (!one.has(key + ".input_ids")) {
      return;
    }
    one.found().equal(key + ".input_ids", Arrays.toString(ids), ids(key));
    Tensor logits = lm.run(lm.input(ids)).logits();
    one.close(key + ".logits", logits);
    one.close(key + ".last_logits", logits.select(1, -1));
    List<Layer<?, Tensor>> hidden = ModelCase.hiddenStates(lm.network());
    List<? extends TransformerBlock> blocks = lm.network().blocks();
    List<Tensor> seen =
        lm.trace(
            ids,
            t -> {
              var tensors = new ArrayList<Tensor>();
              hidden.forEach(layer -> tensors.add(t.at(layer).output()));
              blocks.forEach(block -> tensors.add(t.at(block.pattern()).output()));
              return tensors;
            });
    for (int i = 0; i < hidden.size(); i++) {
      one.close(key + ".hidden_states." + i, seen.get(i));
    }
    for (int i = 0; i < blocks.size(); i++) {
      one.close(key + ".attentions." + i, seen.get(hidden.size() + i));
    }
  }

  private String ids(String key) {
    return Arrays.toString(one.tensor(key + ".input_ids").toLongs());
  }

  private void continued(String name, JsonNode golden) {
    long[] expected = ModelCase.longs(golden.path("ids"));
    Generated generated = generate(new long[] {expected[0]}, expected.length - 1);
    one.found().equal(name, Arrays.toString(expected), Arrays.toString(generated.sequence()));
    one.found().equal(name + ".text", golden.path("text").asString(""), generated.text());
  }

  /// All words of six letters out of three, in one batch.
  private void sorting() {
    var words = new ArrayList<long[]>();
    for (int number = 0; number < 729; number++) {
      var word = new long[6];
      for (int at = 0, rest = number; at < 6; at++, rest /= 3) {
        word[at] = rest % 3;
      }
      words.add(word);
    }
    var options = new GenerationOptions().greedy().maxNewTokens(6);
    List<Generated> all = lm.generateIds(words, options, (_, _, _) -> {});
    int right = 0;
    for (Generated generated : all) {
      right +=
          Arrays.equals(generated.ids(), Arrays.stream(generated.prompt()).sorted().toArray())
              ? 1
              : 0;
    }
    one.found()
        .equal("sorts_correctly", one.expected().path("sorts_correctly").path(0).intValue(), right);
  }

  private void loss(JsonNode golden) {
    Tensor ids = Tensor.of(new long[][] {lm.encode(golden.path("text").asString(""))});
    one.found().equal("nll.tokens", golden.path("tokens").longValue(), ids.size(1));
    Tensor loss = Grad.off(() -> TrainingGoldens.loss(lm.logits(ids), ids));
    one.found().close("nll", golden.path("mean_nll").doubleValue(), loss.item());
  }
}
