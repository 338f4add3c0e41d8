package dev.microtome.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// What all loops see native memory through. One segment without bounds and absolute addresses let
/// the compiler drop every check and specialise on nothing.
final class Memory {
  @SuppressWarnings("restricted") // the callers of the loops check addresses and sizes
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  /// Bytes of a vector.
  static final long VECTOR = FLOATS.vectorByteSize();

  /// The upper half of each 32-bit number: of two bfloat16 side by side, the second as a float. The
  /// first is the lower half, shifted up.
  static final int SECOND = 0xffff0000;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private Memory() {}

  static float getFloat(long address) {
    return ALL.get(FLOAT, address);
  }

  static void putFloat(long address, float value) {
    ALL.set(FLOAT, address, value);
  }

  /// `to[i] += from[i]` over `bytes`, a multiple of a vector's.
  static void add(long from, long to, long bytes, long step) {
    for (long u = 0; u < bytes; u += step) {
      FloatVector.fromMemorySegment(FLOATS, ALL, to + u, ORDER)
          .add(FloatVector.fromMemorySegment(FLOATS, ALL, from + u, ORDER))
          .intoMemorySegment(ALL, to + u, ORDER);
    }
  }

  static float getBfloat16(long address) {
    return Float.intBitsToFloat(ALL.get(SHORT, address) << 16);
  }

  /// Stores the nearest bfloat16, of two equally near the even one.
  static void putBfloat16(long address, float value) {
    int bits = Float.floatToRawIntBits(value);
    int rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    ALL.set(SHORT, address, (short) (Float.isNaN(value) ? 0x7fc0 : rounded));
  }
}
