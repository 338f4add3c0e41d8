package dev.microtome.models;

import dev.microtome.models.tokenizer.StreamDecoder;
import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.trace.Model;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses how to search, and puts tokens back into words.
final class Generation {
  private final CausalNetwork network;
  private final Model<CausalNetwork.Input, CausalNetwork.Output> model;
  private final @Nullable Tokenizer tokenizer;
  private final GenerationOptions options;

  Generation(
      CausalNetwork network,
      Model<CausalNetwork.Input, CausalNetwork.Output> model,
      @Nullable Tokenizer tokenizer,
      GenerationOptions options) {
    this.network = network;
    this.model = model;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  List<Generated> run(TokenBatch prompts, TokenListener listener) {
    List<long[]> added = added(prompts, listener);
    var results = new ArrayList<Generated>();
    for (int row = 0; row < added.size(); row++) {
      long[] prompt =
          Arrays.copyOfRange(prompts.rows()[row], prompts.padding()[row], prompts.width());
      results.add(finished(prompt, added.get(row)));
    }
    return results;
  }

  private List<long[]> added(TokenBatch prompts, TokenListener listener) {
    if (prompts.width() > network.context()) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens, more than the model's context of %d; shorten it"
              .formatted(prompts.width(), network.context()));
    }
    if (model.isElsewhere()) {
      return addedElsewhere(prompts, listener);
    }
    return options.beams != null && options.beams > 1
        ? BeamSearch.run(network, model, options, prompts)
        : new Generator(network, model, options, prompts)
            .run(telling(tokenizer, prompts, listener));
  }

  // A host tells tokens when all are there.
  private List<long[]> addedElsewhere(TokenBatch prompts, TokenListener listener) {
    var generation = new TracedGeneration(network, model, options);
    var tell = telling(tokenizer, prompts, listener);
    var added = new ArrayList<long[]>();
    for (int row = 0; row < prompts.rows().length; row++) {
      long[] ids = Arrays.copyOfRange(prompts.rows()[row], prompts.padding()[row], prompts.width());
      var prompt = new Prompt(ids, PromptTokens.of(ids, id -> "<" + id + ">"));
      long[] all = model.trace(generation, prompt, Trace::generated).toLongs();
      added.add(Arrays.copyOfRange(all, ids.length, all.length));
      for (long id : added.getLast()) {
        tell.accept(row, id);
      }
    }
    return added;
  }

  private Generated finished(long[] prompt, long[] ids) {
    boolean stopped = ids.length > 0 && options.stops().contains(ids[ids.length - 1]);
    boolean full = ids.length < options.newTokens(prompt.length);
    var stop =
        stopped
            ? Generated.Stop.STOP_TOKEN
            : full ? Generated.Stop.CONTEXT_FULL : Generated.Stop.LENGTH;
    var bare = new Generated(prompt, ids, "", stop);
    return tokenizer == null
        ? bare
        : new Generated(prompt, ids, tokenizer.decode(bare.sequence(), true), stop);
  }

  private static java.util.function.BiConsumer<Integer, Long> telling(
      @Nullable Tokenizer tokenizer, TokenBatch prompts, TokenListener listener) {
    if (tokenizer == null) {
      return (row, id) -> listener.token(row, id, "");
    }
    var streams = new StreamDecoder[prompts.rows().length];
    for (int row = 0; row < streams.length; row++) {
      streams[row] = tokenizer.streamDecoder(true);
      for (int i = prompts.padding()[row]; i < prompts.width(); i++) {
        streams[row].add(prompts.rows()[row][i]); // a prompt may end within a character
      }
    }
    return (row, id) -> listener.token(row, id, streams[row].add(id));
  }
}
