package dev.microtome.models;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the blocks of a network share during one run: who may look at whom, and the keys and values
/// of before. Each run has its own, so networks keep no state.
public final class ForwardPass {
  private final @Nullable Tensor mask;
  private final @Nullable KvCache past;
  private final TreeMap<Integer, KvCache.KeyValue> present = new TreeMap<>();
  private @Nullable Tensor hidden;

  /// A run over whole sequences without padding.
  public ForwardPass() {
    this(null, null);
  }

  /// @param mask (batch, all tokens) with 0 for padding, or null when there is none
  ForwardPass(@Nullable Tensor mask, @Nullable KvCache past) {
    this.mask = mask;
    this.past = past;
  }

  /// Tokens seen before this run.
  long pastLength() {
    return past == null ? 0 : past.length();
  }

  /// The keys and values block `layer` attends to: those of before, then `key` and `value`.
  KvCache.KeyValue extend(int layer, Tensor key, Tensor value) {
    KvCache.KeyValue all =
        past == null
            ? new KvCache.KeyValue(key, value)
            : past.layers().get(layer).followedBy(key, value);
    present.put(layer, all);
    return all;
  }

  /// Where a token must not look, true, as (1 or batch, 1, tokens, all tokens): at later tokens and
  /// at padding. Null when it may look everywhere.
  @Nullable Tensor hidden(long tokens) {
    if (hidden == null && (tokens > 1 || mask != null)) {
      long all = pastLength() + tokens;
      Tensor later = Tensor.ones(new Shape(1, 1, tokens, all), DType.BOOL).triu(1 + all - tokens);
      hidden = mask == null ? later : later.logicalOr(mask.eq(0).view(mask.size(0), 1, 1, all));
    }
    return hidden;
  }

  /// Keys and values up to and including this run's tokens.
  KvCache cache() {
    return new KvCache(List.copyOf(present.values()));
  }
}
