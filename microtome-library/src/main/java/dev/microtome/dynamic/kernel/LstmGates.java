package dev.microtome.dynamic.kernel;

import static dev.microtome.dynamic.kernel.Memory.ALL;
import static dev.microtome.dynamic.kernel.Memory.FLOATS;
import static dev.microtome.dynamic.kernel.Memory.INTS;
import static dev.microtome.dynamic.kernel.Memory.ORDER;
import static dev.microtome.dynamic.kernel.Memory.VECTOR;
import static jdk.incubator.vector.VectorOperators.I2F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;

/// From the sums of [GateSums] to the next state: `c = σ(f) c + σ(i) tanh(g)`, `h = σ(o) tanh(c)`,
/// in short loops, which the compiler turns into vector instructions where it gives up on one long
/// one.
///
/// @param weights whose sums these are
/// @param scale of the codes
/// @param zero their zero point
/// @param offset what is too much in each sum: 128 times the sum of the codes
record LstmGates(GateWeights weights, float scale, int zero, int offset) {
  /// @param sums of all gates; overwritten
  /// @param values room for as much
  /// @param inputs what the layer's input adds, gate by gate
  /// @param stride bytes from gate to gate there
  void run(long sums, long values, long inputs, long stride, long c, long h) {
    long bytes = weights.stateBytes();
    long part = weights.sumBytes();
    for (int tile = 0; tile < weights.tiles; tile++) {
      for (int gate = 0; gate < GateWeights.GATES; gate++) {
        long at = (8L * tile + 2L * gate) * VECTOR;
        long unit = 2L * tile * VECTOR;
        long to = values + gate * bytes + unit;
        values(sums + at, weights.rows() + at, part, inputs + gate * stride + unit, to);
      }
    }
    long g = values + 2 * bytes;
    Curves.sigmoid(values, 2 * bytes);
    Curves.tanh(g, g, bytes);
    Curves.sigmoid(g + bytes, bytes);
    cell(values, bytes, c);
    Curves.tanh(c, h, bytes);
    multiply(g + bytes, h, bytes);
  }

  /// One gate of a tile, before its curve.
  private void values(long sums, long rows, long part, long inputs, long to) {
    for (long u = 0; u < 2L * VECTOR; u += VECTOR) {
      IntVector sum = IntVector.fromMemorySegment(INTS, ALL, sums + u, ORDER).sub(offset);
      IntVector weight = IntVector.fromMemorySegment(INTS, ALL, rows + u, ORDER).mul(zero);
      Vector<Float> whole = sum.sub(weight).convertShape(I2F, FLOATS, 0);
      FloatVector scales = FloatVector.fromMemorySegment(FLOATS, ALL, rows + part + u, ORDER);
      whole
          .reinterpretAsFloats()
          .mul(scales.mul(scale))
          .add(FloatVector.fromMemorySegment(FLOATS, ALL, rows + 2 * part + u, ORDER))
          .add(FloatVector.fromMemorySegment(FLOATS, ALL, inputs + u, ORDER))
          .intoMemorySegment(ALL, to + u, ORDER);
    }
  }

  private static void cell(long gates, long bytes, long c) {
    for (long u = 0; u < bytes; u += VECTOR) {
      FloatVector i = FloatVector.fromMemorySegment(FLOATS, ALL, gates + u, ORDER);
      FloatVector f = FloatVector.fromMemorySegment(FLOATS, ALL, gates + bytes + u, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(FLOATS, ALL, gates + 2 * bytes + u, ORDER);
      FloatVector before = FloatVector.fromMemorySegment(FLOATS, ALL, c + u, ORDER);
      f.mul(before).add(i.mul(g)).intoMemorySegment(ALL, c + u, ORDER);
    }
  }

  /// `to[i] *= from[i]`.
  private static void multiply(long from, long to, long bytes) {
    for (long u = 0; u < bytes; u += VECTOR) {
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, ALL, from + u, ORDER);
      a.mul(FloatVector.fromMemorySegment(FLOATS, ALL, to + u, ORDER))
          .intoMemorySegment(ALL, to + u, ORDER);
    }
  }
}
