package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// Codes, scales and zeros of a whole weight, filled part by part, so that a solver never holds
/// more than a part in floating point.
final class FitBuffer {
  /// Numbers worked on at a time.
  static final long PART = 1 << 18;

  private final Grouping grouping;
  private final Tensor codes;
  private final Tensor scale;
  private final Tensor zero;

  FitBuffer(Grouping grouping) {
    this.grouping = grouping;
    codes = Tensor.empty(Shape.of(grouping.rows(), grouping.columns()), DType.UINT8);
    scale = Tensor.empty(grouping.valueShape(), DType.FLOAT32);
    zero = Tensor.empty(grouping.valueShape(), DType.FLOAT32);
  }

  /// Notes the codes of a part, of any dtype.
  void codes(Grouping.Part part, Tensor found) {
    grouping.within(codes, part).copy_(found);
  }

  /// Notes the scales and zeros of a part.
  void values(Grouping.Part part, Tensor scales, Tensor zeros) {
    grouping.within(scale, part).copy_(scales);
    grouping.within(zero, part).copy_(zeros);
  }

  Solver.Fit fit(List<Double> errors) {
    return new Solver.Fit(codes, scale, zero, ZeroRole.POINT, errors);
  }
}
