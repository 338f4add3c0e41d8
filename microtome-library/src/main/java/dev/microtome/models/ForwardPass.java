package dev.microtome.models;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the blocks of a network share during one run: who may look at whom, and the keys and values
/// of before. Each run has its own, so networks keep no state.
public final class ForwardPass {
  private final @Nullable Tensor mask;
  private final @Nullable KvCache past;
  private final TreeMap<Integer, KvCache.KeyValue> present = new TreeMap<>();
  private final @Nullable Tensor positions;
  private @Nullable Tensor hidden;
  private @Nullable Rotation rotation;

  /// A run over whole sequences without padding.
  public ForwardPass() {
    this(null, null, null);
  }

  /// @param mask (batch, all tokens) with 0 for padding, or null when there is none
  /// @param positions (1 or batch, tokens), or null to count on from `past`
  ForwardPass(@Nullable Tensor mask, @Nullable Tensor positions, @Nullable KvCache past) {
    this.mask = mask;
    this.positions = positions;
    this.past = past;
  }

  static ForwardPass of(CausalNetwork.Input in) {
    return new ForwardPass(in.mask(), positions(in), in.past());
  }

  // (B, T): padding does not count, so a padded sequence runs as it would alone.
  private static Tensor positions(CausalNetwork.Input in) {
    Tensor given = in.positions();
    Tensor mask = in.mask();
    long tokens = in.ids().size(1);
    long past = in.past() == null ? 0 : in.past().length();
    if (given != null) {
      return given;
    }
    if (mask == null) {
      return Tensor.arange(past, past + tokens).expandAs(in.ids());
    }
    Tensor counted = mask.to(DType.INT64).cumsum(1).sub(1).clampMin(0); // (B, S)
    return counted.narrow(1, past, tokens);
  }

  /// Where this run's tokens stand, (1 or batch, tokens).
  Tensor positions(long tokens) {
    long past = pastLength();
    return positions == null ? Tensor.arange(past, past + tokens).unsqueeze(0) : positions;
  }

  /// What all blocks turn their queries and keys by; null where each finds it out.
  @Nullable Rotation rotation() {
    return rotation;
  }

  void rotation(Rotation shared) {
    rotation = shared;
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
            : remembered(past, layer).followedBy(key, value);
    present.put(layer, all);
    return all;
  }

  private static KvCache.KeyValue remembered(KvCache past, int layer) {
    if (layer >= past.layers().size() || past.layers().get(layer).isNone()) {
      throw new IllegalStateException(
          "block %d was skipped for the tokens in the cache, so it has no keys and values of them;"
                  .formatted(layer)
              + " skip it for these tokens too, or replace its output instead of skipping it");
    }
    return past.layers().get(layer);
  }

  /// Attention scores, (batch, heads, tokens, all tokens), with those for later tokens, for padding
  /// and for tokens that are `window` or more back set so low that softmax makes them zero.
  ///
  /// @param window 0 for none
  Tensor masked(Tensor scores, int window) {
    long tokens = scores.size(-2);
    Tensor hidden = hidden(tokens);
    long all = pastLength() + tokens;
    if (window > 0 && all > window) {
      Tensor far =
          Tensor.ones(new Shape(1, 1, tokens, all), DType.BOOL).tril(all - tokens - window);
      hidden = hidden == null ? far : hidden.logicalOr(far);
    }
    return hidden == null ? scores : scores.maskedFill(hidden, lowest(scores.dtype()));
  }

  // Not minus infinity: a row of padding may look at nothing, and its softmax must not be NaN.
  private static double lowest(DType dtype) {
    return dtype == DType.FLOAT16 ? -65504 : dtype == DType.FLOAT64 ? -1e300 : -3.3e38;
  }

  // (1 or batch, 1, tokens, all tokens), the same for all blocks without a window.
  private @Nullable Tensor hidden(long tokens) {
    if (hidden == null && (tokens > 1 || mask != null)) {
      long all = pastLength() + tokens;
      Tensor later = Tensor.ones(new Shape(1, 1, tokens, all), DType.BOOL).triu(1 + all - tokens);
      hidden = mask == null ? later : later.logicalOr(mask.eq(0).view(mask.size(0), 1, 1, all));
    }
    return hidden;
  }

  /// Whether `tokens` new ones look at everything up to themselves, without padding or exceptions.
  boolean isOnlyCausal(long tokens) {
    return mask == null && (tokens == 1 || past == null);
  }

  /// Whether there is one token and it looks at all before it: none is padding or, with a `window`,
  /// too far back.
  boolean seesAll(long tokens, int window) {
    return tokens == 1 && mask == null && (window == 0 || pastLength() + tokens <= window);
  }

  /// Keys and values up to and including this run's `tokens`.
  KvCache cache(long tokens) {
    var layers = new ArrayList<KvCache.KeyValue>();
    for (int layer = 0; !present.isEmpty() && layer <= present.lastKey(); layer++) {
      KvCache.KeyValue share = present.get(layer);
      layers.add(share == null ? KvCache.KeyValue.none() : share);
    }
    return new KvCache(layers, pastLength() + tokens);
  }
}
