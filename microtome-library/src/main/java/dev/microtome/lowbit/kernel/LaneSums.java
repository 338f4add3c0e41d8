package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// The sums over lanes at the end of a [BackwardKernel], always in the same order: the Vector API's
/// own sum over lanes adds in another order once it is compiled, and training must repeat to the
/// last bit.
interface LaneSums {
  /// Writes the sums.
  ///
  /// @param vectors address of the sums of each lane
  /// @param quarters address of the result: four numbers for each vector, still to be added
  void run(long vectors, long quarters, int count, int one);

  /// Writes one, with vectors of four lanes.
  static void write(VectorCode code, int lanes) {
    int vectors = code.parameter(0);
    int quarters = code.parameter(1);
    code.loop(
        code.parameter(2),
        code.parameter(3),
        () -> {
          code.read(FLOAT, vectors, 0);
          for (int lane = 4; lane < lanes; lane += 4) {
            code.read(FLOAT, vectors, 4L * lane).add(FLOAT);
          }
          code.write(FLOAT, quarters, 0);
          code.advance(vectors, 4L * lanes);
          code.advance(quarters, 16);
        });
    code.raw().return_();
  }

  /// The readable twin, for vectors of one lane.
  static void scalar(long vectors, long quarters, int count, int one) {
    for (int i = 0; i < count; i++) {
      float only = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, vectors + 4L * i);
      Memory.ALL.set(JAVA_FLOAT_UNALIGNED, quarters + 16L * i, only);
    }
  }

  /// Adds the quarters.
  static float[] added(MemorySegment quarters, int count) {
    float[] parts = quarters.toArray(JAVA_FLOAT);
    float[] sums = new float[count];
    for (int i = 0; i < count; i++) {
      sums[i] = parts[4 * i] + parts[4 * i + 1] + (parts[4 * i + 2] + parts[4 * i + 3]);
    }
    return sums;
  }
}
