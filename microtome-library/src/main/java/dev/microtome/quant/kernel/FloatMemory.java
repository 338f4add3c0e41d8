package dev.microtome.quant.kernel;

import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The float32 numbers of a tensor, as memory. Its bounds are checked on every access, and it is
/// given back at the end of an arena: a training step would pile up what waits for the collector.
final class FloatMemory {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final MemorySegment memory;
  final long size;

  FloatMemory(Tensor tensor, Arena arena) {
    this(tensor.dense().segment(arena), tensor.numel());
  }

  private FloatMemory(MemorySegment memory, long size) {
    this.memory = memory;
    this.size = size;
  }

  /// Row `index` of `rows` equal ones.
  FloatMemory row(long index, long rows) {
    long width = size / rows;
    return new FloatMemory(memory.asSlice(4 * index * width, 4 * width), width);
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
