package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// The keys and values of the tokens a network has already seen, per block: with them a next token
/// costs one step instead of the whole sequence again. Immutable; each run returns a longer one.
public record KvCache(List<KeyValue> layers) {
  /// One block's share, both (batch, heads, tokens, head width).
  public record KeyValue(Tensor key, Tensor value) {
    KeyValue followedBy(Tensor nextKey, Tensor nextValue) {
      return new KeyValue(
          Tensor.cat(List.of(key, nextKey), -2), Tensor.cat(List.of(value, nextValue), -2));
    }
  }

  public KvCache {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a cache needs at least one block; use null for none");
    }
  }

  /// Tokens seen so far, padding included.
  public long length() {
    return layers.getFirst().key().size(-2);
  }

  /// The rows of the batch that `rows`, whole numbers (n), picks, in that order.
  public KvCache select(Tensor rows) {
    return new KvCache(
        layers.stream()
            .map(one ->
                new KeyValue(one.key().indexSelect(0, rows), one.value().indexSelect(0, rows)))
            .toList());
  }
}
