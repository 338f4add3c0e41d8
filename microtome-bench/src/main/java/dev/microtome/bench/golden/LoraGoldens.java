package dev.microtome.bench.golden;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.LowRank;
import dev.microtome.adapt.Merged;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.AdamSettings;
import dev.microtome.nn.AdamW;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// A LoRA on a language model: logits with it, merged and without it again, gradients, training.
final class LoraGoldens {
  private static final String NAME = "golden";

  private LoraGoldens() {}

  static void check(ModelCase one) {
    JsonNode golden = one.expected().path("lora");
    LanguageModel<?> lm = one.open();
    lm.loadWeights();
    CausalNetwork network = lm.network();
    Tensor ids = one.tensor("input_ids");
    Tensor plain = Grad.off(() -> lm.logits(ids));
    Adapters adapters = PeftAdapter.read(one.folder().resolve("lora")).applyTo(network, NAME);
    one.close("lora.logits", Grad.off(() -> lm.logits(ids)));
    merging(one, lm, adapters, plain);
    Tensor loss = loss(one, network);
    loss.backward();
    one.found().close("lora loss", golden.path("loss").doubleValue(), loss.item());
    adapters.parts(NAME).forEach((path, part) -> gradients(one, path, part));
    training(one, golden.path("adamw_lr5e-3_wd0_losses"), network);
  }

  private static void merging(ModelCase one, LanguageModel<?> lm, Adapters adapters, Tensor plain) {
    Tensor ids = one.tensor("input_ids");
    Merged merged = adapters.merge();
    one.found().close("lora, merged", one.tensor("lora.logits"), Grad.off(() -> lm.logits(ids)));
    merged.undo();
    adapters.use();
    one.found().same("lora, switched off", plain, Grad.off(() -> lm.logits(ids)));
    adapters.use(NAME);
  }

  private static Tensor loss(ModelCase one, CausalNetwork network) {
    return TrainingGoldens.loss(network.apply(one.input()).logits(), one.tensor("labels"));
  }

  private static void gradients(ModelCase one, String path, LowRank part) {
    String name = "lora.grad." + path;
    one.close(name + ".lora_A", Objects.requireNonNull(part.matrixA().grad()));
    one.close(name + ".lora_B", Objects.requireNonNull(part.matrixB().grad()));
  }

  private static void training(ModelCase one, JsonNode losses, CausalNetwork network) {
    var trained = new ArrayList<>(network.trainable().values());
    var optimizer = new AdamW(trained, 5e-3, new AdamSettings(0.9, 0.999, 1e-8, 0, false));
    for (int step = 0; step < losses.size(); step++) {
      optimizer.zeroGrad();
      Tensor loss = loss(one, network);
      loss.backward();
      optimizer.step();
      one.found().close("lora, step " + step, losses.path(step).doubleValue(), loss.item());
    }
  }
}
