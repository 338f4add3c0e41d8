package dev.microtome.quant;

import dev.microtome.tensor.Shape;

/// What shares a scale and a zero point.
public sealed interface Granularity {
  /// Everything.
  record PerTensor() implements Granularity {
    @Override
    public String toString() {
      return "one for the tensor";
    }
  }

  /// Each output channel of a layer's weight.
  record PerOutputChannel() implements Granularity {
    @Override
    public String toString() {
      return "one per output channel";
    }
  }

  /// Each index along one dimension. `shape` has as many dimensions as the tensor, all 1 but that
  /// one: (1, 3, 1, 1) for the channels of images.
  record PerChannel(Shape shape) implements Granularity {
    public PerChannel {
      long wide = java.util.Arrays.stream(shape.dims()).filter(size -> size > 1).count();
      if (shape.rank() == 0 || wide > 1 || shape.numel() < 1) {
        throw new IllegalArgumentException(
            "a scale per channel has one number along one dimension, such as (1, 3, 1, 1); got "
                + shape);
      }
    }

    /// The dimension of the channels: the one that is not 1, else the second.
    int dim() {
      for (int i = 0; i < shape.rank(); i++) {
        if (shape.get(i) > 1) {
          return i;
        }
      }
      return Math.min(1, shape.rank() - 1);
    }

    @Override
    public String toString() {
      return "one per channel, " + shape;
    }
  }

  /// Each `size` neighbours along the second dimension of a weight, which are inputs.
  record PerGroup(long size) implements Granularity {
    public PerGroup {
      if (size < 1) {
        throw new IllegalArgumentException("a group has at least 1 number, not " + size);
      }
    }

    @Override
    public String toString() {
      return "one per group of " + size;
    }
  }
}
