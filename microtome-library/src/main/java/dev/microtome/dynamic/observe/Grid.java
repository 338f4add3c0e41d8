package dev.microtome.dynamic.observe;

import dev.microtome.dynamic.observe.GridType.Zero;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// A grid: `x ≈ scale · (q - zeroPoint)` with `q` one of the whole numbers of its type. One for a
/// whole tensor, or one for each channel.
///
/// The arithmetic is that of PyTorch's `calculate_qparams`, in float32: a range always holds 0, and
/// no scale is below the smallest, 2⁻²³ where nothing else is said.
///
/// @param scale float32, one number or one a channel
/// @param zeroPoint as many; int64, or float32 when zero may lie anywhere
/// @param type its whole numbers
/// @param axis the dimension of channels, -1 for one grid for everything
public record Grid(Tensor scale, Tensor zeroPoint, GridType type, int axis) {
  /// PyTorch's smallest scale.
  public static final double EPSILON = 0x1p-23;

  /// The grid that fits a range.
  public static Grid of(Range range, GridType type, int axis) {
    return of(range, type, axis, EPSILON);
  }

  /// The same with another smallest scale.
  public static Grid of(Range range, GridType type, int axis, double smallest) {
    Tensor low = range.least().clamp(null, 0.0);
    Tensor high = range.greatest().clamp(0.0, null);
    return switch (type.zero()) {
      case FITTED -> fitted(low, high, type, axis, smallest);
      case MIDDLE -> {
        Tensor scale = low.neg().maximum(high).div(type.steps() / 2.0).clamp(smallest, null);
        Tensor middle = Tensor.full(scale.shape(), type.middle(), DType.INT64);
        yield new Grid(scale, middle, type, axis);
      }
      case ANYWHERE -> anywhere(range, type, axis, smallest);
    };
  }

  private static Grid fitted(Tensor low, Tensor high, GridType type, int axis, double smallest) {
    Tensor scale = high.sub(low).div(type.steps()).clamp(smallest, null);
    Tensor zero = low.div(scale).round().neg().add(type.least());
    return new Grid(scale, zero.clamp(type.least(), type.most()).to(DType.INT64), type, axis);
  }

  private static Grid anywhere(Range range, GridType type, int axis, double smallest) {
    Tensor spread = range.greatest().sub(range.least()).div(type.steps());
    Tensor ones = Tensor.ones(spread.shape(), DType.FLOAT32);
    Tensor scale = spread.where(spread.gt(smallest), ones);
    return new Grid(scale, range.least().neg().div(scale), type, axis);
  }

  /// The scale of a grid for everything.
  public double wholeScale() {
    return scale.item();
  }

  /// The zero point of a grid for everything.
  public long wholeZero() {
    return zeroPoint.itemLong();
  }

  /// The whole numbers of `x` on this grid, as a quantized tensor of libtorch's, clamped to those
  /// that are used.
  public Tensor quantize(Tensor x) {
    Tensor fitting = isAllUsed() ? x : clamped(x);
    return axis < 0
        ? Ops.tensor("aten::quantize_per_tensor", fitting, wholeScale(), wholeZero(), type.dtype())
        : Ops.tensor(
            "aten::quantize_per_channel",
            fitting,
            type.zero() == Zero.ANYWHERE ? scale : scale.to(DType.FLOAT64),
            zeroPoint,
            axis,
            type.dtype());
  }

  private boolean isAllUsed() {
    return type.equals(GridType.of(type.dtype(), type.zero()));
  }

  private Tensor clamped(Tensor x) {
    Tensor low = scale.mul(zeroPoint.sub(type.least()).neg());
    Tensor high = scale.mul(zeroPoint.sub(type.most()).neg());
    if (axis < 0) return x.clamp(low.item(), high.item());
    long[] shape = new long[x.dim()];
    java.util.Arrays.fill(shape, 1);
    shape[axis] = scale.numel();
    Shape channels = new Shape(shape);
    return x.clamp(low.view(channels), high.view(channels));
  }

  /// Keeps the tensors beyond the scope they were made in.
  public Grid save() {
    scale.save();
    zeroPoint.save();
    return this;
  }
}
