package dev.microtome.server.worker;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.server.job.Payload;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Jobs for the shipped model, written as a client writes them.
final class Jobs {
  static final LanguageModel<Gpt2> HERE = LanguageModel.shipped();
  private static final List<String> PROMPTS =
      List.of(
          "The Eiffel Tower is in the city of",
          "The Colosseum is in",
          "Big Ben is in the city of",
          "The Louvre is in",
          "Rome");

  private Jobs() {}

  static Payload of(Function<LanguageModel<Gpt2>, Object> use) {
    return of(use, null);
  }

  static Payload of(Function<LanguageModel<Gpt2>, Object> use, @Nullable String adapter) {
    var asked = new ArrayList<TokenRun>();
    try {
      Object _ =
          use.apply(
              HERE.on((_, runs) -> {
                asked.addAll(runs);
                throw new IllegalCallerException("recorded");
              }));
    } catch (IllegalCallerException recorded) {
      return ExecutorHost.payload(asked, adapter);
    }
    throw new IllegalStateException("nothing was traced");
  }

  /// The logits of the last token.
  static Payload plain(String prompt) {
    return of(lm -> lm.trace(prompt, t -> t.at("lm_head").output().get(":", -1)));
  }

  /// An edit somewhere, in place or by a swap, and the logits of the last token.
  static Payload random(Random random) {
    String prompt = PROMPTS.get(random.nextInt(PROMPTS.size()));
    int layer = random.nextInt(4);
    String place = random.nextBoolean() ? ".mlp" : ".attn";
    double by = random.nextDouble(-2, 2);
    int kind = random.nextInt(5);
    return of(lm ->
        lm.trace(
            prompt,
            t -> {
              var at = t.at("transformer.h." + layer + place);
              switch (kind) {
                case 0 -> at.output().mul_(Tensor.of((float) by));
                case 1 -> at.output().at(":", -1).set(by);
                case 2 -> at.output(at.output().mul(by).add(0.1));
                case 3 -> at.output().add_(at.output().mean().mul(by));
                default -> t.at("transformer.wte").output().mul_(Tensor.of((float) by));
              }
              return t.at("lm_head").output().get(":", -1);
            }));
  }

  /// Takes very long, node by node.
  static Payload slow() {
    return of(lm ->
        lm.trace(
            PROMPTS.getFirst(),
            t ->
                t.repeat(
                    50_000_000L, t.at("transformer.h.0").output().sum(), (_, x) -> x.mul(1.0001))));
  }

  /// Takes more memory than there is.
  static Payload large() {
    return of(lm ->
        lm.trace(
            PROMPTS.getFirst(),
            t -> t.at("transformer.h.0").output().sum().expand(20_000, 20_000).mul(2).sum()));
  }
}
