package dev.microtome.models;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.Values;
import dev.microtome.trace.Model;
import dev.microtome.trace.Procedure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Lengthens a batch of prompts token by token. Rows that have ended are fed padding until all
/// have; what is made in a step is freed in it, the cache excepted.
final class Generator {
  private final Model<CausalNetwork.Input, CausalNetwork.Output> model;
  private final GenerationOptions options;
  private final TokenBatch prompts;
  private final int limit;
  private final NextTokens chooser;
  private final long[][] tokens;
  private final int[] ends;
  private int length;

  /// The logits of the last token, (rows, vocabulary), and the cache if it is used.
  record Step(Tensor logits, @Nullable KvCache cache) {}

  Generator(
      CausalNetwork network,
      Model<CausalNetwork.Input, CausalNetwork.Output> model,
      GenerationOptions options,
      TokenBatch prompts) {
    this.model = model;
    this.options = options;
    this.prompts = prompts;
    length = prompts.width();
    limit = limit(network, options, prompts);
    chooser = new NextTokens(options, prompts);
    tokens = new long[prompts.rows().length][];
    for (int row = 0; row < tokens.length; row++) {
      tokens[row] = Arrays.copyOf(prompts.rows()[row], limit);
      Arrays.fill(tokens[row], length, limit, options.pad());
    }
    ends = new int[tokens.length]; // 0 while a row goes on
  }

  /// The longest row's context decides for all: the others only have more padding. The last token
  /// is never read, so it may stand just beyond.
  static int limit(CausalNetwork network, GenerationOptions options, TokenBatch prompts) {
    return (int) Math.min(network.context() + 1, prompts.wantedLength(options));
  }

  /// Runs to the end and returns each row's new tokens; `onToken` hears of row and token.
  List<long[]> run(BiConsumer<Integer, Long> onToken) {
    return run(onToken, null);
  }

  /// The same, watched by a trace that may want gradients.
  List<long[]> run(BiConsumer<Integer, Long> onToken, Procedure.@Nullable Watcher watcher) {
    if (options.seed != null) {
      Torch.manualSeed(options.seed);
    }
    if (watcher != null && watcher.needsGradients()) {
      advanceToEnd(onToken, watcher);
    } else {
      Grad.off(() -> advanceToEnd(onToken, watcher));
    }
    var added = new ArrayList<long[]>();
    for (int row = 0; row < tokens.length; row++) {
      added.add(
          Arrays.copyOfRange(tokens[row], prompts.width(), ends[row] == 0 ? length : ends[row]));
    }
    return added;
  }

  private void advanceToEnd(
      BiConsumer<Integer, Long> onToken, Procedure.@Nullable Watcher watcher) {
    KvCache cache = null;
    var told = new boolean[ends.length];
    for (int calls = 1; length < limit && Arrays.stream(ends).anyMatch(end -> end == 0); calls++) {
      cache = advance(cache, onToken);
      for (int row = 0; watcher != null && row < ends.length; row++) {
        if (ends[row] > 0 && !told[row]) {
          told[row] = true;
          watcher.ended(row, calls);
        }
      }
    }
    free(cache);
  }

  private @Nullable KvCache advance(@Nullable KvCache cache, BiConsumer<Integer, Long> onToken) {
    @Nullable KvCache[] next = new @Nullable KvCache[1];
    long[] chosen =
        Scope.run(() -> {
          Step step = step(model, options, prompts, ids(), cache);
          next[0] = step.cache() == null ? null : Values.map(step.cache(), Tensor::save);
          return chooser.choose(this::ids, step.logits()).toLongs();
        });
    free(cache);
    for (int row = 0; row < tokens.length; row++) {
      if (ends[row] == 0) {
        tokens[row][length] = chosen[row];
        onToken.accept(row, chosen[row]);
        int added = length + 1 - prompts.width();
        if (options.stops().contains(chosen[row])
            || added >= options.newTokens(prompts.length(row))) {
          ends[row] = length + 1;
        }
      }
    }
    length++;
    return next[0];
  }

  /// One run over `ids`, the whole rows, of which only those after `cache` are fed.
  static Step step(
      Model<CausalNetwork.Input, CausalNetwork.Output> model,
      GenerationOptions options,
      TokenBatch prompts,
      Tensor ids,
      @Nullable KvCache cache) {
    int length = (int) ids.size(1);
    Tensor fed = cache == null ? ids : ids.narrow(1, cache.length(), length - cache.length());
    var out = model.apply(new CausalNetwork.Input(fed, prompts.mask(length), null, cache, 1));
    return new Step(out.logits().select(1, -1), options.caches() ? out.cache() : null);
  }

  private Tensor ids() {
    var rows = new long[tokens.length][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = Arrays.copyOf(tokens[row], length);
    }
    return Tensor.of(rows);
  }

  static void free(@Nullable KvCache cache) {
    Values.forEach(cache, Tensor::close);
  }
}
