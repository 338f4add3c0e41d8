package dev.microtome.bench.golden;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Runs that are changed on the way: parts zeroed, steered, patched, skipped, read early.
final class InterventionGoldens {
  private final ModelCase one;
  private final LanguageModel<?> lm;
  private final CausalNetwork network;
  private final TransformerBlock block;
  private final CausalNetwork.Input input;

  private InterventionGoldens(ModelCase one, int layer) {
    this.one = one;
    lm = one.open();
    network = lm.network();
    block = network.blocks().get(layer);
    input = new CausalNetwork.Input(one.tensor("iv.input_b"));
  }

  static void check(ModelCase one) {
    JsonNode golden = one.expected().path("interventions");
    if (golden.isObject()) {
      new InterventionGoldens(one, golden.path("layer").intValue()).all();
    }
  }

  private void all() {
    logits("iv.zero_mlp.logits", t -> t.at(block.mlp()).output().at(":").set(0));
    logits("iv.zero_attn.logits", t -> t.at(block.attention()).output().at(":").set(0));
    logits("iv.steer_last_pos_block_out.logits", this::steer);
    logits("iv.patch_pos4_a_into_b.logits", this::patch);
    logits("iv.zero_head1.logits", this::zeroHead);
    logits("iv.skip_block.logits", t -> t.at(block).output(t.at(block).input().x()));
    logitLens();
    gradient();
  }

  private void logits(String name, Consumer<Trace> change) {
    if (one.has(name)) {
      one.found()
          .attempt(
              name,
              () ->
                  one.close(
                      name,
                      lm.model()
                          .trace(
                              input,
                              t -> {
                                change.accept(t);
                                return t.at(network.head()).output();
                              })));
    }
  }

  private void steer(Trace t) {
    Tensor vector = one.tensor("iv.steer.vector");
    Tensor out = t.at(block).output();
    out.at(":", -1).set(out.get(":", -1).add(vector));
  }

  private void patch(Trace t) {
    var other = new CausalNetwork.Input(one.tensor("iv.input_a"));
    Tensor source = lm.model().trace(other, o -> o.at(block).output().get(":", 4).copy());
    t.at(block).output().at(":", 4).set(source);
  }

  private void zeroHead(Trace t) {
    Tensor joined = t.at(block.join()).input();
    long width = joined.size(-1) / block.heads();
    joined.at("...", width + ":" + 2 * width).set(0);
  }

  private void logitLens() {
    if (!one.has("iv.logit_lens")) {
      return;
    }
    List<Layer<?, Tensor>> hidden = ModelCase.hiddenStates(network);
    List<Tensor> early =
        lm.model()
            .trace(
                input,
                t ->
                    hidden.subList(0, hidden.size() - 1).stream()
                        .map(layer -> {
                          Tensor stream = t.at(layer).output();
                          return network.head().apply(network.finalNorm().apply(stream));
                        })
                        .toList());
    one.close("iv.logit_lens", Tensor.stack(early, 0));
  }

  private void gradient() {
    if (!one.has("iv.grad_logit7_wrt_block_out")) {
      return;
    }
    Tensor gradient =
        lm.model()
            .trace(
                input,
                t -> {
                  Tensor passing = t.at(block).output().grad();
                  t.at(network.head()).output().get(0, -1, 7).backward();
                  return passing;
                });
    one.close("iv.grad_logit7_wrt_block_out", gradient);
  }
}
