package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// The keys and values of the tokens a network has already seen, per block: with them a next token
/// costs one step instead of the whole sequence again. Immutable; each run returns a longer one.
///
/// @param layers each block's share, empty for a block that was skipped
/// @param length tokens seen so far, padding included
public record KvCache(List<KeyValue> layers, long length) {
  /// One block's share, both (batch, heads, tokens, head width).
  ///
  /// @param room where those that follow may be written
  public record KeyValue(Tensor key, Tensor value, CacheRoom room) {
    public KeyValue(Tensor key, Tensor value) {
      this(key, value, CacheRoom.none());
    }

    /// The share of a block that did not run.
    static KeyValue none() {
      return new KeyValue(Tensor.zeros(0), Tensor.zeros(0));
    }

    boolean isNone() {
      return key.dim() == 1;
    }

    KeyValue select(Tensor rows) {
      return isNone() ? this : new KeyValue(key.indexSelect(0, rows), value.indexSelect(0, rows));
    }

    KeyValue followedBy(Tensor nextKey, Tensor nextValue) {
      return CacheRoom.isPossible(key, nextKey)
          ? room.extend(this, new KeyValue(nextKey, nextValue))
          : new KeyValue(
              Tensor.cat(List.of(key, nextKey), -2), Tensor.cat(List.of(value, nextValue), -2));
    }
  }

  public KvCache {
    layers = List.copyOf(layers);
  }

  /// The rows of the batch that `rows`, whole numbers (n), picks, in that order.
  public KvCache select(Tensor rows) {
    return new KvCache(layers.stream().map(one -> one.select(rows)).toList(), length);
  }
}
