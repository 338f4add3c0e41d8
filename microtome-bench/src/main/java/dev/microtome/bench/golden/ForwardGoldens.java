package dev.microtome.bench.golden;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.CausalNetwork.Input;
import dev.microtome.models.KvCache;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What a run without gradients gives: logits, everything inside, caches, padded batches.
final class ForwardGoldens {
  private final ModelCase one;
  private final LanguageModel<?> lm;
  private final CausalNetwork network;

  private record Inside(
      CausalNetwork.Output output,
      List<Tensor> hidden,
      List<Tensor> patterns,
      List<Tensor> attention,
      List<Tensor> mlp,
      Tensor finalNorm) {}

  ForwardGoldens(ModelCase one) {
    this.one = one;
    this.lm = one.open();
    this.network = lm.network();
  }

  void check() {
    inside();
    padded("leftpad");
    padded("rightpad");
    cacheSteps();
    storedDtype();
  }

  private void inside() {
    one.close("logits", lm.logits(one.tensor("input_ids")));
    List<Layer<?, Tensor>> hidden = ModelCase.hiddenStates(network);
    Inside seen =
        lm.model()
            .trace(
                one.input(),
                t -> {
                  var states = new ArrayList<Tensor>();
                  hidden.forEach(layer -> states.add(t.at(layer).output()));
                  var patterns = new ArrayList<Tensor>();
                  var attention = new ArrayList<Tensor>();
                  var mlp = new ArrayList<Tensor>();
                  for (TransformerBlock block : network.blocks()) {
                    patterns.add(t.at(block.pattern()).output());
                    attention.add(t.at(block.attention()).output());
                    mlp.add(t.at(block.mlp()).output());
                  }
                  return new Inside(
                      t.at(network).output(),
                      states,
                      patterns,
                      attention,
                      mlp,
                      t.at(network.finalNorm()).output());
                });
    one.close("logits", seen.output().logits());
    one.close("module_out.final_norm", seen.finalNorm());
    for (int i = 0; i < hidden.size(); i++) {
      one.close("hidden_states." + i, seen.hidden().get(i));
    }
    for (int i = 0; i < network.blocks().size(); i++) {
      one.closeRows("attentions." + i, seen.patterns().get(i));
      one.close("module_out.attn." + i, seen.attention().get(i));
      one.close("module_out.mlp." + i, seen.mlp().get(i));
      KvCache.KeyValue kept = seen.output().cache().layers().get(i);
      one.closeRows("past." + i + ".key", kept.key());
      one.closeRows("past." + i + ".value", kept.value());
    }
  }

  private void padded(String side) {
    if (!one.has(side + ".logits")) {
      return;
    }
    Tensor ids = one.tensor(side + ".input_ids");
    Tensor mask = one.tensor(side + ".attention_mask");
    Tensor real = mask.ne(0);
    Tensor expected = one.tensor(side + ".logits").get(real);
    Tensor derived = lm.run(new Input(ids, mask)).logits();
    one.found().close(side + ".logits", expected, derived.get(real));
    if (one.has(side + ".position_ids")) {
      var positions = one.tensor(side + ".position_ids");
      Tensor given = lm.run(new Input(ids, mask, positions, null)).logits();
      one.found().close(side + ".logits, positions given", expected, given.get(real));
    }
  }

  /// The first tokens at once, then one at a time, each step from the cache of the one before.
  private void cacheSteps() {
    if (!one.has("cache_steps.logits")) {
      return;
    }
    Tensor ids = one.tensor("input_ids").narrow(0, 0, 1);
    long steps = one.tensor("cache_steps.logits").size(1);
    long first = 5;
    var out = lm.run(new Input(ids.narrow(1, 0, first)));
    var logits = new ArrayList<Tensor>();
    logits.add(out.logits().narrow(1, first - 1, 1));
    for (long at = first; at < first + steps - 1; at++) {
      out = lm.run(new Input(ids.narrow(1, at, 1), null, null, out.cache()));
      logits.add(out.logits());
    }
    one.close("cache_steps.logits", Tensor.cat(logits, 1));
  }

  /// Arithmetic in the dtype of the file is coarse: the golden says by how much.
  private void storedDtype() {
    String name = "logits_computed_in_stored_dtype";
    JsonNode coarse = one.expected().path("stored_dtype_compute_max_diff");
    if (!one.has(name)) {
      return;
    }
    LanguageModel<?> stored = one.open();
    stored.loadWeights();
    stored.network().to(DType.named(one.expected().path("stored_dtype").asString("float32")));
    Tensor logits = stored.logits(one.tensor("input_ids"));
    one.found().close(name, one.tensor(name), logits, 2 * coarse.asDouble(0.25) / 2e-4);
  }
}
