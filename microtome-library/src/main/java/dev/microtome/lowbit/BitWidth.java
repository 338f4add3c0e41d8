package dev.microtome.lowbit;

import java.util.Arrays;
import java.util.stream.Collectors;

/// How many bits a weight takes: what the largest code is and how HQQ packs the codes.
public enum BitWidth {
  EIGHT(8, 255, Packing.BYTES),
  SIX(6, 63, Packing.BYTES),
  FIVE(5, 31, Packing.BYTES),
  FOUR(4, 15, Packing.NIBBLES),
  THREE(3, 7, Packing.TENS),
  TWO(2, 3, Packing.QUARTERS),
  /// Three codes, log2(3) bits.
  TERNARY(1.58, 2, Packing.QUARTERS),
  ONE(1, 1, Packing.SINGLES);

  private final double bits;
  private final int highest;
  private final Packing packing;

  BitWidth(double bits, int highest, Packing packing) {
    this.bits = bits;
    this.highest = highest;
    this.packing = packing;
  }

  /// The width of `bits` bits.
  ///
  /// @throws IllegalArgumentException when it is none of 8, 6, 5, 4, 3, 2, 1.58 and 1
  public static BitWidth of(double bits) {
    for (BitWidth width : values()) {
      if (Math.abs(width.bits - bits) < 1e-6) { // files keep 1.58 as float32
        return width;
      }
    }
    throw new IllegalArgumentException(
        "weights of %s bits are not supported; choose one of %s"
            .formatted(
                bits,
                Arrays.stream(values()).map(BitWidth::toString).collect(Collectors.joining(", "))));
  }

  /// 8 to 1; 1.58 for [#TERNARY].
  public double bits() {
    return bits;
  }

  /// The largest code; the smallest is 0.
  public int highest() {
    return highest;
  }

  /// HQQ's packing for this width.
  public Packing packing() {
    return packing;
  }

  @Override
  public String toString() {
    return bits == Math.rint(bits) ? Integer.toString((int) bits) : Double.toString(bits);
  }
}
