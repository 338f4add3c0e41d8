package dev.microtome.tensor;

import static dev.microtome.tensor.ShapeRules.refused;
import static dev.microtome.tensor.ShapeRules.sized;
import static dev.microtome.tensor.ShapeRules.tensor;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Sizes of convolutions: `(size + 2 padding - dilation (kernel - 1) - 1) / stride + 1` forwards,
/// `(size - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1` transposed.
final class ConvolutionShape {
  private ConvolutionShape() {}

  /// `(input, weight, bias, stride, padding, dilation, groups)`.
  static Tensor forward(OpCall call, int dims) {
    Tensor input = tensor(call, 0);
    Tensor weight = tensor(call, 1);
    long groups = groups(call, 6);
    check(call, dims, weight.size(1) * groups, groups);
    long[] stride = ints(call.arg(3), dims, 1);
    long[] dilation = ints(call.arg(5), dims, 1);
    boolean same = "same".equals(call.arg(4));
    long[] padding = call.arg(4) instanceof String ? new long[dims] : ints(call.arg(4), dims, 0);
    long[] shape = input.shape().dims();
    int space = shape.length - dims;
    for (int i = 0; i < dims; i++) {
      long room = shape[space + i] + 2 * padding[i] - dilation[i] * (weight.size(i + 2) - 1) - 1;
      if (room < 0 && !same) {
        throw refused(call, tooSmall(input, weight, padding));
      }
      shape[space + i] = same ? shape[space + i] : room / stride[i] + 1;
    }
    shape[space - 1] = weight.size(0);
    return sized(input, shape);
  }

  /// `(input, weight, bias, stride, padding, outputPadding, groups, dilation)`.
  static Tensor transposed(OpCall call, int dims) {
    Tensor input = tensor(call, 0);
    Tensor weight = tensor(call, 1);
    long groups = groups(call, 6);
    check(call, dims, weight.size(0), groups);
    long[] stride = ints(call.arg(3), dims, 1);
    long[] padding = ints(call.arg(4), dims, 0);
    long[] extra = ints(call.arg(5), dims, 0);
    long[] dilation = ints(call.arg(7), dims, 1);
    long[] shape = input.shape().dims();
    int space = shape.length - dims;
    for (int i = 0; i < dims; i++) {
      long spread = (shape[space + i] - 1) * stride[i] - 2 * padding[i];
      shape[space + i] = spread + dilation[i] * (weight.size(i + 2) - 1) + extra[i] + 1;
    }
    shape[space - 1] = weight.size(1) * groups;
    return sized(input, shape);
  }

  /// `(input, kernel, dilation, padding, stride)` to (batch, channels · kernel, places).
  static Tensor unfolded(OpCall call) {
    Tensor input = tensor(call, 0);
    long[] kernel = ints(call.arg(1), 2, 1);
    long[] dilation = ints(call.arg(2), 2, 1);
    long[] padding = ints(call.arg(3), 2, 0);
    long[] stride = ints(call.arg(4), 2, 1);
    long[] shape = input.shape().dims();
    int space = shape.length - 2;
    long places = 1;
    for (int i = 0; i < 2; i++) {
      long room = shape[space + i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1;
      places *= room / stride[i] + 1;
    }
    long[] result = Arrays.copyOf(shape, shape.length - 1);
    result[space - 1] = shape[space - 1] * kernel[0] * kernel[1];
    result[space] = places;
    return sized(input, result);
  }

  private static long groups(OpCall call, int index) {
    return call.arg(index) instanceof Number number ? number.longValue() : 1;
  }

  private static long[] ints(@Nullable Object arg, int dims, long otherwise) {
    long[] given =
        switch (arg) {
          case null -> new long[] {otherwise};
          case Number one -> new long[] {one.longValue()};
          default -> (long[]) Objects.requireNonNull(arg);
        };
    if (given.length == dims) {
      return given;
    }
    long[] all = new long[dims];
    Arrays.fill(all, given[0]);
    return all;
  }

  private static void check(OpCall call, int dims, long channels, long groups) {
    Tensor input = tensor(call, 0);
    Tensor weight = tensor(call, 1);
    int rank = input.dim();
    if ((rank != dims + 1 && rank != dims + 2) || weight.dim() != dims + 2) {
      throw refused(
          call,
          "Expected %dD (unbatched) or %dD (batched) input to %s, but got input of size: %s"
              .formatted(dims + 1, dims + 2, call.name().substring(6), input.shape()));
    }
    long found = input.size(rank - dims - 1);
    if (found != channels) {
      throw refused(
          call,
          "Given groups=%d, weight of size %s, expected input%s to have %d channels, but got %d channels instead"
              .formatted(groups, weight.shape(), input.shape(), channels, found));
    }
    if (input.dtype() != weight.dtype()) {
      throw refused(
          call,
          "Input type (%s) and weight type (%s) should be the same"
              .formatted(input.dtype(), weight.dtype()));
    }
  }

  private static String tooSmall(Tensor input, Tensor weight, long[] padding) {
    return "Kernel size %s can't be greater than actual input size %s padded by %s"
        .formatted(weight.shape(), input.shape(), Arrays.toString(padding));
  }
}
