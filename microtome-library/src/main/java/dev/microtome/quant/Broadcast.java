package dev.microtome.quant;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// Undoes broadcasting: the gradient of something small that was spread over something large.
final class Broadcast {
  private Broadcast() {}

  /// `x` summed to `shape`, which broadcasts to it.
  static Tensor sum(Tensor x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    if (shape.numel() == 1) {
      return x.sum().reshape(shape);
    }
    int extra = x.dim() - shape.rank();
    long[] dims =
        IntStream.range(0, x.dim())
            .filter(i -> i < extra || (shape.get(i - extra) == 1 && x.size(i) != 1))
            .mapToLong(i -> i)
            .toArray();
    return dims.length == 0 ? x.reshape(shape) : x.sum(dims, true).reshape(shape);
  }

  /// The shape of `count` channels along `dim` of a tensor of `rank` dimensions.
  static Shape channels(long count, int dim, int rank) {
    long[] dims = new long[rank];
    Arrays.fill(dims, 1);
    dims[dim] = count;
    return new Shape(dims);
  }
}
