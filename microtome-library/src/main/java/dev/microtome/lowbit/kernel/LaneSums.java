package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// The sums over lanes at the end of a [BackwardKernel], always in the same order: the Vector API's
/// own sum over lanes adds in another order once it is compiled, and training must repeat to the
/// last bit. The upper half of the lanes is added to the lower one, and so on, until four are left.
interface LaneSums {
  /// Bytes that are touched after the vectors, and after the quarters.
  long BEYOND = 64;

  /// Writes the sums.
  ///
  /// @param vectors address of the sums of each lane, which are overwritten
  /// @param quarters address of the result: four numbers for each vector, still to be added
  void run(long vectors, long quarters, int count, int one);

  /// Writes one. All vectors have the full size, though fewer and fewer of their lanes count: a
  /// method of the Vector API that has met vectors of two sizes makes every kernel that HotSpot
  /// compiles afterwards a hundred times slower.
  static void write(VectorCode code, int lanes) {
    int from = code.longLocal();
    int to = code.longLocal();
    int half = lanes;
    do {
      half = Math.max(4, half / 2);
      halve(code, from, to, lanes, half);
    } while (half > 4);
    code.raw().return_();
  }

  private static void halve(VectorCode code, int from, int to, int lanes, int half) {
    boolean last = half == 4;
    code.raw().lload(code.parameter(0)).lstore(from);
    code.raw().lload(code.parameter(last ? 1 : 0)).lstore(to);
    code.loop(
        code.parameter(2),
        code.parameter(3),
        () -> {
          code.read(FLOAT, from, 0);
          if (half < lanes) {
            code.read(FLOAT, from, 4L * half).add(FLOAT);
          }
          code.write(FLOAT, to, 0);
          code.advance(from, 4L * lanes);
          code.advance(to, last ? 16 : 4L * lanes);
        });
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
