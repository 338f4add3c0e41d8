package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

/// The readable twin of [PanelCode].
record ScalarPanel(int rows, int width) implements PanelKernel {
  @Override
  public void run(long s, long sRow, long v, long vRow, long c, long cRow, int count, int one) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        float sum = 0;
        for (int t = 0; t < count; t++) {
          float factor = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, s + row * sRow + 4L * t);
          sum = Math.fma(Memory.ALL.get(JAVA_FLOAT_UNALIGNED, v + t * vRow + 4L * i), factor, sum);
        }
        long at = c + row * cRow + 4L * i;
        Memory.ALL.set(JAVA_FLOAT_UNALIGNED, at, Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at) + sum);
      }
    }
  }
}
