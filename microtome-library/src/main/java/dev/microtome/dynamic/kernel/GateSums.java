package dev.microtome.dynamic.kernel;

import static dev.microtome.dynamic.kernel.Memory.ALL;
import static dev.microtome.dynamic.kernel.Memory.INTS;
import static dev.microtome.dynamic.kernel.Memory.ORDER;
import static dev.microtome.dynamic.kernel.Memory.SHORTS;
import static dev.microtome.dynamic.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Products of bytes, summed exactly, for want of an instruction that multiplies and adds bytes.
///
/// Two products of a weight (0 to 255) and a code (0 to 128) fit 16 bits. With `v = w₀ + 256 w₁`,
/// as they lie in memory, `w₀ q₀ + w₁ q₁ = v q₀ + (v >> 8)(q₁ - 256 q₀)` modulo 2¹⁶, so `w₀` need
/// not be cut out. Two such sums side by side are one 32-bit number p: the sums of p and of its
/// upper halves tell both.
final class GateSums {
  private GateSums() {}

  /// Sums for all gates of all units, in the order of [GateWeights#sumBytes].
  ///
  /// @param codes for each pair a vector of `q₀` and one of `q₁ - 256 q₀`
  static void multiply(GateWeights weights, long codes, long sums) {
    long bytes = weights.tileBytes();
    for (int tile = 0; tile < weights.tiles; tile++) {
      long to = sums + tile * 8L * VECTOR;
      tile(weights.bytes() + tile * bytes, codes, bytes, 4L * VECTOR, to);
    }
  }

  // One body, no methods of our own on vectors: see the package of tensor's kernels.
  private static void tile(long w, long x, long bytes, long step, long to) {
    IntVector a = IntVector.zero(INTS);
    IntVector b = a;
    IntVector c = a;
    IntVector d = a;
    IntVector highA = a;
    IntVector highB = a;
    IntVector highC = a;
    IntVector highD = a;
    for (long u = 0; u < bytes; u += step) {
      ShortVector x0 = ShortVector.fromMemorySegment(SHORTS, ALL, x, ORDER);
      ShortVector x1 = ShortVector.fromMemorySegment(SHORTS, ALL, x + VECTOR, ORDER);
      x += 2L * VECTOR;
      ShortVector v = ShortVector.fromMemorySegment(SHORTS, ALL, w + u, ORDER);
      IntVector p = v.mul(x0).add(v.lanewise(LSHR, 8).mul(x1)).reinterpretAsInts();
      a = a.add(p);
      highA = highA.add(p.lanewise(LSHR, 16));
      v = ShortVector.fromMemorySegment(SHORTS, ALL, w + u + VECTOR, ORDER);
      p = v.mul(x0).add(v.lanewise(LSHR, 8).mul(x1)).reinterpretAsInts();
      b = b.add(p);
      highB = highB.add(p.lanewise(LSHR, 16));
      v = ShortVector.fromMemorySegment(SHORTS, ALL, w + u + 2L * VECTOR, ORDER);
      p = v.mul(x0).add(v.lanewise(LSHR, 8).mul(x1)).reinterpretAsInts();
      c = c.add(p);
      highC = highC.add(p.lanewise(LSHR, 16));
      v = ShortVector.fromMemorySegment(SHORTS, ALL, w + u + 3L * VECTOR, ORDER);
      p = v.mul(x0).add(v.lanewise(LSHR, 8).mul(x1)).reinterpretAsInts();
      d = d.add(p);
      highD = highD.add(p.lanewise(LSHR, 16));
    }
    a.sub(highA.lanewise(LSHL, 16)).intoMemorySegment(ALL, to, ORDER);
    highA.intoMemorySegment(ALL, to + VECTOR, ORDER);
    b.sub(highB.lanewise(LSHL, 16)).intoMemorySegment(ALL, to + 2L * VECTOR, ORDER);
    highB.intoMemorySegment(ALL, to + 3L * VECTOR, ORDER);
    c.sub(highC.lanewise(LSHL, 16)).intoMemorySegment(ALL, to + 4L * VECTOR, ORDER);
    highC.intoMemorySegment(ALL, to + 5L * VECTOR, ORDER);
    d.sub(highD.lanewise(LSHL, 16)).intoMemorySegment(ALL, to + 6L * VECTOR, ORDER);
    highD.intoMemorySegment(ALL, to + 7L * VECTOR, ORDER);
  }
}
