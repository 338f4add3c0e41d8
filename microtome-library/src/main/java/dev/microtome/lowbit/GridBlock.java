package dev.microtome.lowbit;

/// Grids and codes of some groups.
final class GridBlock {
  private final int size;
  private final byte[] codes;
  private final float[] scales;
  private final float[] zeros;

  GridBlock(int groups, int size) {
    this.size = size;
    codes = new byte[Math.multiplyExact(groups, size)];
    scales = new float[groups];
    zeros = new float[groups];
  }

  int size() {
    return size;
  }

  /// Codes as unsigned bytes, group by group.
  byte[] codes() {
    return codes;
  }

  float[] scales() {
    return scales;
  }

  float[] zeros() {
    return zeros;
  }

  /// Notes a group's grid and the nearest codes.
  ///
  /// @param weights where the group begins at `from`
  /// @param scale of the grid
  /// @param offset the weight code 0 stands for
  void set(int group, float[] weights, int from, float scale, float offset, int highest) {
    scales[group] = scale;
    zeros[group] = -offset / scale;
    float inverse = 1 / scale;
    for (int i = 0; i < size; i++) {
      float code = Math.clamp((weights[from + i] - offset) * inverse, 0f, highest);
      codes[group * size + i] = (byte) Math.rint(code);
    }
  }
}
