package dev.microtome.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Function;

/// Java arrays to tensors and back; always a copy.
final class TensorData {
  private TensorData() {}

  static Tensor from(float[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.FLOAT32, values.length, shape);
  }

  static Tensor from(double[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.FLOAT64, values.length, shape);
  }

  static Tensor from(long[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.INT64, values.length, shape);
  }

  static Tensor from(int[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.INT32, values.length, shape);
  }

  static Tensor from(short[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.INT16, values.length, shape);
  }

  static Tensor from(byte[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.INT8, values.length, shape);
  }

  static Tensor from(boolean[] values, long... shape) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return filled(MemorySegment.ofArray(bytes), DType.BOOL, values.length, shape);
  }

  static Tensor from(float[][] rows) {
    int width = width(Arrays.stream(rows).mapToInt(row -> row.length).toArray());
    float[] flat = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
    return from(flat, rows.length, width);
  }

  static Tensor from(double[][] rows) {
    int width = width(Arrays.stream(rows).mapToInt(row -> row.length).toArray());
    return from(Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), rows.length, width);
  }

  static Tensor from(long[][] rows) {
    int width = width(Arrays.stream(rows).mapToInt(row -> row.length).toArray());
    return from(Arrays.stream(rows).flatMapToLong(Arrays::stream).toArray(), rows.length, width);
  }

  static Tensor from(boolean[][] rows) {
    int width = width(Arrays.stream(rows).mapToInt(row -> row.length).toArray());
    boolean[] flat = new boolean[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
    return from(flat, rows.length, width);
  }

  private static int width(int[] lengths) {
    int width = lengths.length == 0 ? 0 : lengths[0];
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] != width) {
        throw new IllegalArgumentException(
            "row %d has %d numbers, row 0 has %d".formatted(i, lengths[i], width));
      }
    }
    return width;
  }

  private static Tensor filled(MemorySegment values, DType dtype, long count, long... dims) {
    var shape = new Shape(dims);
    if (shape.numel() != count) {
      throw new IllegalArgumentException(
          "shape %s needs %d numbers, got %d".formatted(shape, shape.numel(), count));
    }
    Tensor tensor = Device.CPU.run(() -> Tensor.empty(shape, dtype));
    if (count > 0) {
      try (var arena = Arena.ofConfined()) {
        tensor.dense().segment(arena).copyFrom(values);
      }
    }
    return Device.current().equals(Device.CPU) ? tensor : tensor.to(Device.current());
  }

  static Number item(DenseTensor tensor) {
    return switch (Ops.call("aten::item", tensor)) {
      case Number number -> number;
      case Boolean flag -> flag ? 1L : 0L;
      case null, default ->
          throw new IllegalStateException("a " + tensor.dtype() + " has no Java number");
    };
  }

  static float[] floats(DenseTensor tensor) {
    return read(tensor, DType.FLOAT32, numbers -> numbers.toArray(ValueLayout.JAVA_FLOAT));
  }

  static double[] doubles(DenseTensor tensor) {
    return read(tensor, DType.FLOAT64, numbers -> numbers.toArray(ValueLayout.JAVA_DOUBLE));
  }

  static long[] longs(DenseTensor tensor) {
    return read(tensor, DType.INT64, numbers -> numbers.toArray(ValueLayout.JAVA_LONG));
  }

  static int[] ints(DenseTensor tensor) {
    return read(tensor, DType.INT32, numbers -> numbers.toArray(ValueLayout.JAVA_INT));
  }

  /// The raw bytes for one-byte types; other types are converted to int8.
  static byte[] bytes(DenseTensor tensor) {
    boolean raw = tensor.dtype().bytes() == 1 && !tensor.dtype().isFloatingPoint();
    DType as = raw ? tensor.dtype() : DType.INT8;
    return read(tensor, as, numbers -> numbers.toArray(ValueLayout.JAVA_BYTE));
  }

  static boolean[] booleans(DenseTensor tensor) {
    byte[] bytes = read(tensor, DType.BOOL, numbers -> numbers.toArray(ValueLayout.JAVA_BYTE));
    boolean[] flags = new boolean[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      flags[i] = bytes[i] != 0;
    }
    return flags;
  }

  private static <T> T read(DenseTensor tensor, DType as, Function<MemorySegment, T> copy) {
    if (tensor.device().equals(Device.META)) {
      throw new IllegalStateException(
          "a tensor on the meta device has a shape but no numbers: " + tensor.shape());
    }
    if (tensor.numel() == 0) {
      return copy.apply(MemorySegment.ofArray(new long[0]));
    }
    try (var arena = Arena.ofConfined()) {
      return copy.apply(tensor.detach().to(as).contiguous().dense().segment(arena));
    }
  }
}
