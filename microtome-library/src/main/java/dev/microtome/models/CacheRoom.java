package dev.microtome.models;

import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Room behind the keys and values of one block for those that follow, so that a step writes its
/// own instead of copying all. A cache is a view of the room's beginning. Only the longest one may
/// grow in place: what continues a shorter one would overwrite what the longest sees, so it moves.
public final class CacheRoom {
  private final long capacity;
  private @Nullable Tensor longestKey;
  private @Nullable Tensor longestValue;

  private CacheRoom(long capacity) {
    this.capacity = capacity;
  }

  /// For a cache without room: it fills its memory.
  static CacheRoom none() {
    return new CacheRoom(0);
  }

  /// Whether writing behind a cache is possible: numbers in memory, and no backward pass to come.
  static boolean isPossible(Tensor key, Tensor next) {
    return !Grad.isEnabled()
        && key instanceof DenseTensor
        && next instanceof DenseTensor
        && key.dtype() == next.dtype()
        && key.device().equals(Device.CPU);
  }

  /// `old` and then `next`, which have this room behind them or get a new one.
  synchronized KvCache.KeyValue extend(KvCache.KeyValue old, KvCache.KeyValue next) {
    long length = old.key().size(-2);
    long longer = length + next.key().size(-2);
    if (isLongest(old) && longer <= capacity) {
      longestKey = written(old.key(), next.key(), length, longer);
      longestValue = written(old.value(), next.value(), length, longer);
      return new KvCache.KeyValue(longestKey, longestValue, this);
    }
    var room = new CacheRoom(Math.max(2 * length, longer));
    room.longestKey = room.copied(old.key(), next.key());
    room.longestValue = room.copied(old.value(), next.value());
    return new KvCache.KeyValue(room.longestKey, room.longestValue, room);
  }

  @SuppressWarnings("ReferenceEquality") // equal numbers elsewhere have no room behind them
  private boolean isLongest(KvCache.KeyValue cache) {
    return cache.key() == longestKey && cache.value() == longestValue;
  }

  private Tensor written(Tensor old, Tensor next, long from, long to) {
    Tensor all = view(old, to);
    all.narrow(-2, from, to - from).copy_(next);
    return all;
  }

  private Tensor copied(Tensor old, Tensor next) {
    long[] dims = old.shape().dims();
    long length = dims[2];
    dims[2] = capacity;
    Tensor memory = Tensor.empty(new Shape(dims), old.dtype());
    memory.narrow(-2, 0, length).copy_(old);
    return written(memory, next, length, length + next.size(-2));
  }

  /// The first `tokens` of the memory `part` is the beginning of.
  private Tensor view(Tensor part, long tokens) {
    long heads = part.size(1);
    long width = part.size(3);
    return part.asStrided(
        new long[] {part.size(0), heads, tokens, width},
        new long[] {heads * capacity * width, capacity * width, width, 1},
        0);
  }

  /// Where numbers lie is no part of what a cache is.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CacheRoom;
  }

  @Override
  public int hashCode() {
    return CacheRoom.class.hashCode();
  }
}
