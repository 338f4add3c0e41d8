package dev.microtome.lowbit;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// How scales or zeros are quantized to 8 bits, as HQQ did in its early versions: rounded to the
/// nearest code, in strided groups or with one grid for all.
///
/// @param groupSize values that share a grid; 0 for one grid for all
public record ValueCoding(long groupSize) {
  /// Groups of 128.
  public static final ValueCoding GROUPS = new ValueCoding(128);

  /// One grid for all.
  public static final ValueCoding WHOLE = new ValueCoding(0);

  public ValueCoding {
    if (groupSize < 0) {
      throw new IllegalArgumentException("a group size can't be negative, got " + groupSize);
    }
  }

  PackedWeight quantize(Tensor values) {
    return settings().quantize(values);
  }

  /// Refuses values that are not cut into whole groups.
  void check(String what, Shape values) {
    try {
      var _ = settings().grouping(values);
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(what + ": " + refused.getMessage(), refused);
    }
  }

  private LowBit settings() {
    return new LowBit(
        BitWidth.EIGHT,
        groupSize,
        0,
        false,
        new RoundToNearest(false, groupSize == 0),
        null,
        null,
        null);
  }
}
