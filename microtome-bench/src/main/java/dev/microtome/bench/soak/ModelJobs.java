package dev.microtome.bench.soak;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.server.job.Payload;

/// Jobs for the shipped model.
final class ModelJobs {
  private static final LanguageModel<Gpt2> HERE = LanguageModel.shipped();
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  private ModelJobs() {}

  /// The likeliest next tokens and their logits: a small result.
  static Payload plain() {
    return Asked.job(
        HERE, null, lm -> lm.trace(PROMPT, t -> t.at("lm_head").output().get(":", -1).topk(5)));
  }

  /// Takes long, node by node.
  static Payload slow() {
    return Asked.job(
        HERE,
        null,
        lm ->
            lm.trace(
                PROMPT,
                t ->
                    t.repeat(
                        50_000_000L,
                        t.at("transformer.h.0").output().sum(),
                        (_, x) -> x.mul(1.0001))));
  }

  /// Takes long in a single operation, where nothing can stop it.
  static Payload stubborn() {
    return Asked.job(
        HERE,
        null,
        lm ->
            lm.trace(
                PROMPT,
                t -> {
                  var wide = t.at("transformer.h.0").output().sum().expand(6_000, 6_000).mul(1);
                  return wide.matmul(wide).matmul(wide).sum();
                }));
  }

  /// A job as text, with so much time.
  static String json(Payload payload, long seconds) {
    return payload.jsonText().replace("\"model\"", "\"time\":" + seconds + ",\"model\"");
  }
}
