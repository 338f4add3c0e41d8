package dev.microtome.models;

import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// From texts to what a network reads, checked against its context and vocabulary.
record Prompts(CausalNetwork network, @Nullable Tokenizer tokenizer, String name, long pad) {
  Tokenizer words() {
    if (tokenizer == null) {
      throw new IllegalStateException(
          name + " has no tokenizer.json; give token ids instead of text, or add the file");
    }
    return tokenizer;
  }

  long[] encode(String prompt) {
    return checked(words().encode(prompt).ids());
  }

  Prompt prompt(String text) {
    var encoding = words().encode(text);
    return new Prompt(checked(encoding.ids()), new PromptTokens(text, encoding));
  }

  Prompt prompt(long... ids) {
    return new Prompt(checked(ids), PromptTokens.of(ids, this::text));
  }

  CausalNetwork.Input input(long... ids) {
    return new CausalNetwork.Input(Tensor.of(new long[][] {checked(ids)}));
  }

  TokenBatch batch(List<long[]> prompts) {
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("no prompts; give at least one");
    }
    return TokenBatch.of(prompts.stream().map(this::checked).toList(), pad);
  }

  /// A token as text; one the tokenizer does not know, as `<id>`.
  String text(long id) {
    return tokenizer == null || id >= tokenizer.vocabularySize()
        ? "<" + id + ">"
        : tokenizer.decode(id);
  }

  private long[] checked(long[] ids) {
    if (ids.length == 0) {
      throw new IllegalArgumentException(
          "the prompt is empty; give at least one token, such as the text \"<|endoftext|>\"");
    }
    if (ids.length > network.context()) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens, but this model's context is %d; shorten it by %d tokens"
              .formatted(ids.length, network.context(), ids.length - network.context()));
    }
    for (long id : ids) {
      if (id < 0 || id >= network.vocabulary()) {
        throw new IllegalArgumentException(
            "token id %d is not one of this model's %d (0 to %d)"
                .formatted(id, network.vocabulary(), network.vocabulary() - 1));
      }
    }
    return ids;
  }
}
