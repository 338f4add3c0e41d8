package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;

/// The sums over lanes at the end of a [BackwardKernel]: `out[i]` is the sum of vector `i`.
interface LaneSums {
  void run(long vectors, float[] out, int count, int one);

  /// Writes one.
  static void write(VectorCode code, int lanes) {
    int at = code.intLocal();
    code.raw().iconst_0().istore(at);
    code.loop(
        code.parameter(2),
        code.parameter(3),
        () -> {
          code.raw().aload(code.parameter(1)).iload(at);
          code.read(FLOAT, code.parameter(0), 0).sum(FLOAT);
          code.raw().fastore();
          code.increment(at, 1);
          code.advance(code.parameter(0), 4L * lanes);
        });
    code.raw().return_();
  }

  /// The readable twin, for one lane.
  static void scalar(long vectors, float[] out, int count, int one) {
    for (int i = 0; i < count; i++) {
      out[i] = Memory.ALL.get(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, vectors + 4L * i);
    }
  }
}
