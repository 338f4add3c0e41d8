package dev.microtome.tensor.kernel;

/// A product of few rows with a large matrix, `out = x · W + bias`. It is as fast as the matrix can
/// be read from memory; libtorch's general product copies the matrix first, which costs several
/// times as much.
///
/// Products are added up in float32. The result does not depend on how many rows or threads there
/// are, to the last bit.
///
/// @param x address of `rows` × `inputs` numbers
/// @param weight address of the matrix, `inputs` × `outputs` numbers
/// @param bias address of `outputs` numbers, or 0 for none
/// @param out address for `rows` × `outputs` numbers
/// @param format of all of them
/// @param layout of the matrix
public record MatVec(
    long x,
    long weight,
    long bias,
    long out,
    int rows,
    int inputs,
    int outputs,
    Format format,
    Layout layout) {
  /// The loops cross the matrix in steps of so many numbers.
  static final int MULTIPLE = 64;

  /// How numbers are written.
  public enum Format {
    FLOAT32,
    BFLOAT16
  }

  /// Which numbers of the matrix are neighbours: those of one output, or those of one input.
  public enum Layout {
    BY_OUTPUT,
    BY_INPUT
  }

  /// Whether there are loops for a matrix of this size.
  public static boolean fits(Layout layout, long inputs, long outputs) {
    return Math.max(inputs, outputs) < 1 << 28
        && inputs % MULTIPLE == 0
        && (layout == Layout.BY_OUTPUT || outputs % MULTIPLE == 0);
  }

  /// Computes on up to `threads` threads.
  public void run(int threads) {
    Product product = product();
    int parts = product.parts(threads);
    Workers.run(threads, parts, part -> product.part(part, parts));
    product.finish();
  }

  /// Where part `part` of `parts` of `count` numbers begins.
  static int edge(int count, int part, int parts) {
    int blocks = (count + MULTIPLE - 1) / MULTIPLE;
    return Math.min(count, (int) ((long) blocks * part / parts) * MULTIPLE);
  }

  private Product product() {
    return switch (format) {
      case FLOAT32 -> layout == Layout.BY_OUTPUT ? new FloatDots(this) : new FloatSums(this);
      case BFLOAT16 -> layout == Layout.BY_OUTPUT ? new Bfloat16Dots(this) : new Bfloat16Sums(this);
    };
  }
}
