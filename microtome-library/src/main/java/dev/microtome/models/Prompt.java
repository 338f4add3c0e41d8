package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Prompted;
import java.util.List;

/// A prompt as token ids, and where its words are among them.
@SuppressWarnings("ArrayRecordComponent") // plain data, compared by nobody
record Prompt(long[] ids, PromptTokens places) {
  Prompted<CausalNetwork.Input> prompted() {
    return new Prompted<>(new CausalNetwork.Input(Tensor.of(new long[][] {ids})), places);
  }

  /// Several texts in one input, the shorter ones padded on the left.
  static Prompted<CausalNetwork.Input> together(List<Prompt> prompts, GenerationOptions options) {
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("no prompts; give at least one");
    }
    TokenBatch batch = TokenBatch.of(prompts.stream().map(Prompt::ids).toList(), options.pad());
    List<PromptTokens> places = prompts.stream().map(Prompt::places).toList();
    return new Prompted<>(batch.input(), PromptTokens.together(places));
  }
}
