package dev.microtome.dynamic.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/// What the loops see native memory through: one segment without bounds and absolute addresses,
/// which let the compiler drop every check. Addresses come from shapes alone.
final class Memory {
  @SuppressWarnings("restricted") // LstmRows checks sizes and keeps owners reachable
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;

  /// Bytes of a vector.
  static final int VECTOR = INTS.vectorByteSize();

  /// 32-bit numbers in a vector.
  static final int LANES = INTS.length();

  private Memory() {}
}
