package dev.microtome.quant.kernel;

import dev.microtome.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The float32 numbers of a tensor, as memory. Its bounds are checked on every access.
final class FloatMemory {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final MemorySegment memory;
  final long size;

  FloatMemory(Tensor tensor) {
    memory = tensor.dense().segment();
    size = tensor.numel();
  }

  /// Elements that fill whole vectors.
  long whole() {
    return size - size % LANES;
  }

  FloatVector at(long index) {
    return FloatVector.fromMemorySegment(SPECIES, memory, 4 * index, ByteOrder.nativeOrder());
  }

  void put(long index, FloatVector vector) {
    vector.intoMemorySegment(memory, 4 * index, ByteOrder.nativeOrder());
  }

  float get(long index) {
    return memory.get(FLOAT, 4 * index);
  }

  void set(long index, float value) {
    memory.set(FLOAT, 4 * index, value);
  }
}
