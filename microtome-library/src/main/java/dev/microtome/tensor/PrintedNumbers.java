package dev.microtome.tensor;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// The numbers of a tensor that will be seen, as aligned text: all of them, or the edges of the
/// dimensions a summary cuts. Only these are read, however large the tensor.
final class PrintedNumbers {
  private final long[] shape;
  private final boolean[] cut;
  private final String[] cells;
  private final int width;

  private PrintedNumbers(DenseTensor seen, boolean[] cut, PrintOptions options) {
    this.shape = seen.shape().dims();
    this.cut = cut;
    DType dtype = seen.dtype();
    if (dtype.isComplex()) {
      double[] parts = Ops.tensor("aten::view_as_real", seen).toDoubles();
      RealFormat real = RealFormat.of(everySecond(parts, 0), options);
      RealFormat imaginary = RealFormat.of(everySecond(parts, 1), options);
      this.width = real.width() + imaginary.width() + 1;
      this.cells = cells(parts.length / 2, i -> complex(real, imaginary, parts, i));
    } else if (dtype.isFloatingPoint()) {
      double[] numbers = seen.toDoubles();
      RealFormat format = RealFormat.of(numbers, options);
      this.width = format.width();
      this.cells = cells(numbers.length, i -> format.format(numbers[i]));
    } else {
      String[] bare = whole(seen, dtype);
      int widest = Arrays.stream(bare).mapToInt(String::length).max().orElse(1);
      this.width = widest;
      this.cells = cells(bare.length, i -> RealFormat.padded(bare[i], widest));
    }
  }

  /// Reads what a print of `tensor` shows.
  static PrintedNumbers of(DenseTensor tensor, PrintOptions options) {
    long[] dims = tensor.shape().dims();
    boolean summary = tensor.numel() > options.threshold();
    int edge = options.edgeItems();
    var cut = new boolean[dims.length];
    // The longest dimension is cut first, so that little is copied.
    List<Integer> byLength =
        IntStream.range(0, dims.length)
            .boxed()
            .sorted(Comparator.comparingLong(d -> -dims[d]))
            .toList();
    Tensor seen = tensor.detach();
    for (int dim : byLength) {
      if (summary && dims[dim] > 2L * edge) {
        cut[dim] = true;
        seen =
            Tensor.cat(
                List.of(seen.narrow(dim, 0, edge), seen.narrow(dim, dims[dim] - edge, edge)), dim);
      }
    }
    if (tensor.dtype().isComplex()) {
      seen = Ops.tensor("aten::resolve_conj", seen);
    }
    return new PrintedNumbers(seen.dense(), cut, options);
  }

  private static double[] everySecond(double[] parts, int from) {
    return IntStream.range(0, parts.length / 2).mapToDouble(i -> parts[2 * i + from]).toArray();
  }

  private static String[] cells(int count, IntFunction<String> cell) {
    return IntStream.range(0, count).mapToObj(cell).toArray(String[]::new);
  }

  private static String complex(RealFormat real, RealFormat imaginary, double[] parts, int i) {
    String after = imaginary.format(parts[2 * i + 1]).strip() + "j";
    return real.format(parts[2 * i]) + (after.startsWith("-") ? "" : "+") + after;
  }

  private static String[] whole(DenseTensor seen, DType dtype) {
    if (dtype == DType.BOOL) {
      boolean[] flags = seen.toBooleans();
      return cells(flags.length, i -> flags[i] ? "True" : "False");
    }
    long[] numbers = seen.toLongs();
    return cells(
        numbers.length,
        i -> dtype == DType.UINT64 ? Long.toUnsignedString(numbers[i]) : Long.toString(numbers[i]));
  }

  /// Sizes of what is shown.
  long[] shape() {
    return shape;
  }

  /// Whether the middle of dimension `dim` is left out.
  boolean isCut(int dim) {
    return cut[dim];
  }

  /// Number `index`, row-major among those shown.
  String cell(int index) {
    return cells[index];
  }

  /// Characters the widest number is expected to take.
  int width() {
    return width;
  }
}
