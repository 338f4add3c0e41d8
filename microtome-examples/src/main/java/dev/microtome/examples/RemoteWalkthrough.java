package dev.microtome.examples;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.remote.Remote;
import dev.microtome.models.remote.RemoteException;
import dev.microtome.models.remote.RemoteJob;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.util.List;

/// The last part of NNsight's walkthrough: the same trace, elsewhere. Starts a server of its own,
/// with the model in the library; with `MICROTOME_SERVER` and `MICROTOME_API_KEY` set it uses that
/// one.
public final class RemoteWalkthrough {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  record Seen(Tensor hidden, Tensor logits) {}

  private final Remote remote;
  private final LanguageModel<?> lm;

  private RemoteWalkthrough(Remote remote) {
    this.remote = remote;
    this.lm = remote.open(remote.models().getFirst()); // tree, shapes and tokenizer; no weights
  }

  public static void main(String[] args) throws Exception {
    if (System.getenv("MICROTOME_SERVER") != null) {
      new RemoteWalkthrough(Remote.standard()).walk();
      return;
    }
    try (var server = new OwnServer()) {
      new RemoteWalkthrough(server.remote()).walk();
    }
  }

  private void walk() {
    System.out.println("Hosted: " + remote.models());
    lastLayer();
    sameAsHere();
    generation();
    later();
    refused();
  }

  private void lastLayer() {
    Seen seen =
        lm.trace(
            PROMPT,
            t ->
                new Seen(
                    t.at(lm.network().blocks().getLast()).output(),
                    t.at(lm.network().head()).output()));
    System.out.println("Hidden states: " + seen.hidden().shape());
    System.out.println("Logits: " + seen.logits().shape());
    System.out.println(
        "Prediction:" + lm.text((long) seen.logits().select(1, -1).argmax(-1).item()));
  }

  private void sameAsHere() {
    var here = LanguageModel.shipped();
    Tensor local = here.trace(PROMPT, RemoteWalkthrough::ablated);
    Tensor elsewhere = here.on(remote).trace(PROMPT, RemoteWalkthrough::ablated);
    System.out.println("The same bits here and there: " + local.equal(elsewhere));
  }

  private static Tensor ablated(Trace t) {
    t.at("transformer.h.3.mlp").output().at(":").set(0);
    return t.at("lm_head").output();
  }

  private void generation() {
    var options = new GenerationOptions().maxNewTokens(3).greedy();
    List<Tensor> steps =
        lm.trace(
            PROMPT,
            options,
            t -> List.copyOf(t.steps(0, 3, s -> s.at("lm_head").output().argmax(-1))));
    for (Tensor step : steps) {
      long[] ids = step.toLongs();
      System.out.println("Step:" + lm.text(ids[ids.length - 1]));
    }
  }

  private void later() {
    RemoteJob<Tensor> job = remote.submit(lm, m -> m.trace(PROMPT, t -> t.at("lm_head").output()));
    System.out.println("Job: " + job.await().state());
    System.out.println("Fetched: " + job.get().shape());
  }

  private void refused() {
    try {
      Tensor _ =
          lm.trace(PROMPT, t -> t.at("lm_head").output().sum().expand(900_000, 900_000).mul(2));
    } catch (RemoteException refused) {
      System.out.println("Refused: " + refused.code());
    }
  }
}
