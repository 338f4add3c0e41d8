package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The scales or zeros of all groups, themselves stored plainly or quantized once more.
public sealed interface GroupValues {
  /// Floating-point numbers as they are; no dimension when one value is for all groups.
  record Plain(Tensor values) implements GroupValues {
    public Plain {
      if (!values.dtype().isFloatingPoint()) {
        throw new IllegalArgumentException(
            "scales and zeros are floating-point numbers, got " + values.dtype());
      }
    }

    @Override
    public Tensor tensor() {
      return values;
    }

    @Override
    public Shape shape() {
      return values.shape();
    }

    @Override
    public long bytes() {
      return values.numel() * values.dtype().bytes();
    }
  }

  /// HQQ's quantized meta-data: 8-bit codes with a scale and a zero of their own.
  record Quantized(PackedWeight weight) implements GroupValues {
    @Override
    public Tensor tensor() {
      return weight.dequantize(DType.FLOAT16);
    }

    @Override
    public Shape shape() {
      return weight.grouping().shape();
    }

    @Override
    public long bytes() {
      return weight.bytes();
    }
  }

  /// The numbers.
  Tensor tensor();

  Shape shape();

  /// Bytes they take as they are stored.
  long bytes();
}
