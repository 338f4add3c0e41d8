package dev.microtome.bench.golden;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.AdamSettings;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.GradClip;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Optimizer;
import dev.microtome.nn.Sgd;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Losses, gradients of parameters and of what flows between blocks, and the first steps of
/// training.
final class TrainingGoldens {
  private TrainingGoldens() {}

  private record Passed(Tensor loss, List<Tensor> gradients) {}

  static void gradients(ModelCase one) {
    if (!one.has("labels")) {
      return;
    }
    LanguageModel<?> lm = one.open();
    CausalNetwork network = lm.network();
    List<Layer<?, Tensor>> hidden = ModelCase.hiddenStates(network);
    Passed passed =
        lm.model()
            .trace(
                one.input(),
                t -> {
                  List<Tensor> gradients =
                      hidden.stream().map(layer -> t.at(layer).output().grad()).toList();
                  Tensor loss = loss(t.at(network.head()).output(), one.tensor("labels"));
                  loss.backward();
                  return new Passed(loss, gradients);
                });
    one.close("loss", passed.loss());
    for (int i = 0; i < hidden.size(); i++) {
      one.close("grad_hidden_states." + i, passed.gradients().get(i));
    }
    network
        .namedParameters()
        .forEach((path, parameter) -> one.close("grad." + path, parameter.grad()));
  }

  /// Each token's logits are judged by the label of the token after it.
  static Tensor loss(Tensor logits, Tensor labels) {
    long tokens = labels.size(1);
    return logits
        .narrow(1, 0, tokens - 1)
        .flatten(0, 1)
        .crossEntropy(labels.narrow(1, 1, tokens - 1).flatten());
  }

  static void curves(ModelCase one) {
    JsonNode adamw = one.expected().path("train_adamw");
    if (adamw.isObject()) {
      adamw(one, adamw);
    }
    JsonNode sgd = one.expected().path("train_sgd_momentum");
    if (sgd.isObject()) {
      var settings = Sgd.Settings.PLAIN.withMomentum(sgd.path("momentum").doubleValue());
      LanguageModel<?> lm = ready(one);
      var optimizer = new Sgd(lm.network().parameters(), sgd.path("lr").doubleValue(), settings);
      int step = 0;
      for (JsonNode expected : sgd.path("losses")) {
        double loss = backward(one, lm.network(), optimizer);
        one.found().close("train_sgd_momentum, step " + step++, expected.doubleValue(), loss);
        optimizer.step();
      }
    }
  }

  private static void adamw(ModelCase one, JsonNode golden) {
    JsonNode betas = golden.path("betas");
    var settings =
        new AdamSettings(
            betas.path(0).doubleValue(),
            betas.path(1).doubleValue(),
            golden.path("eps").doubleValue(),
            golden.path("weight_decay").doubleValue(),
            false);
    LanguageModel<?> lm = ready(one);
    Iterable<Tensor> parameters = lm.network().parameters();
    var optimizer = new AdamW(parameters, golden.path("lr").doubleValue(), settings);
    int step = 0;
    for (JsonNode expected : golden.path("steps_loss_and_gradnorm_before_clip")) {
      double loss = backward(one, lm.network(), optimizer);
      double norm = GradClip.norm_(parameters, golden.path("clip_grad_norm").doubleValue());
      one.found().close("train_adamw, loss " + step, expected.path(0).doubleValue(), loss);
      one.found().close("train_adamw, norm " + step++, expected.path(1).doubleValue(), norm);
      optimizer.step();
    }
    String after = "train.logits_after_" + step + "_adamw";
    if (one.has(after)) {
      Tensor logits = Grad.off(() -> lm.logits(one.tensor("input_ids")));
      one.found().close(after, one.tensor(after), logits, 10); // Adam's division amplifies
    }
  }

  private static LanguageModel<?> ready(ModelCase one) {
    LanguageModel<?> lm = one.open();
    lm.loadWeights();
    return lm;
  }

  private static double backward(ModelCase one, CausalNetwork network, Optimizer optimizer) {
    optimizer.zeroGrad();
    CausalNetwork.Output out = network.apply(one.input());
    Tensor loss = loss(out.logits(), one.tensor("labels"));
    loss.backward();
    return loss.item();
  }
}
