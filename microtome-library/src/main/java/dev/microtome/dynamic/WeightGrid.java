package dev.microtome.dynamic;

import dev.microtome.dynamic.observe.Grid;
import dev.microtome.dynamic.observe.GridType;
import dev.microtome.dynamic.observe.Range;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Objects;

/// Weights to whole numbers, bit for bit as PyTorch's observers do it.
///
/// Symmetric: `scale = max(max(-min, max) / 127.5, ε)` in float32, zero point 0, rounded half to
/// even and clamped. The largest magnitude may so be clamped by half a step; that is PyTorch's
/// choice, kept for equal numbers. Four bits are ours: scales of least error. Embeddings: `scale =
/// (max - min) / levels`, offset `-min / scale`, both per row.
final class WeightGrid {
  private static final double NARROW_EPSILON = 0x1p-12;
  private static final long BLOCK = 1 << 15; // numbers looked at together

  private WeightGrid() {}

  /// The weights (out, in) as a quantized tensor.
  ///
  /// @throws IllegalArgumentException when they hold NaN or infinity
  static Tensor quantize(String what, Tensor weight, DynamicConfig config) {
    Tensor float32 = weight.detach().to(DType.FLOAT32).contiguous();
    checkFinite(what, float32);
    return config.isForEmbeddings()
        ? byRow(float32, config.dtype())
        : config.bits() == 4 ? fourBits(float32) : eightBits(float32, config);
  }

  /// Refuses what no grid can hold.
  static void checkFinite(String what, Tensor weight) {
    if (weight.numel() > 0
        && !(Double.isFinite(weight.min().item()) && Double.isFinite(weight.max().item()))) {
      throw new IllegalArgumentException(
          "%s holds NaN or infinity, which no whole number can stand for; repair the model first"
              .formatted(what));
    }
  }

  private static Tensor eightBits(Tensor weight, DynamicConfig config) {
    GridType type = config.narrow() ? GridType.QINT8.within(-127, 127) : GridType.QINT8;
    double smallest = config.narrow() ? NARROW_EPSILON : Grid.EPSILON;
    if (config.perChannel()) {
      return Grid.of(Range.channels(weight, 0), type, 0, smallest).quantize(weight);
    }
    if (weight.numel() > 0) {
      return Grid.of(Range.whole(weight), type, -1, smallest).quantize(weight);
    }
    return Ops.tensor("aten::quantize_per_tensor", weight, 1.0, 0, DType.QINT8);
  }

  /// Some rows at a time, so that no second copy of the matrix is needed.
  private static Tensor fourBits(Tensor weight) {
    long rows = Math.max(1, BLOCK / Math.max(1, weight.size(1)));
    Tensor codes = Tensor.empty(weight.shape(), DType.INT8);
    Tensor scales = Tensor.empty(new Shape(weight.size(0)), DType.FLOAT64);
    for (long at = 0; at < weight.size(0); at += rows) {
      long begin = at;
      long count = Math.min(rows, weight.size(0) - at);
      Scope.run(() -> {
        Tensor block = weight.narrow(0, begin, count);
        Tensor best = leastLoss(block);
        codes.narrow(0, begin, count).copy_(codes(block, best));
        scales.narrow(0, begin, count).copy_(best.reshape(-1));
      });
    }
    return Ops.tensor(
        "aten::_make_per_channel_quantized_tensor",
        codes,
        scales,
        Tensor.zeros(new Shape(weight.size(0)), DType.INT64),
        0);
  }

  /// For each row the scale that loses least of some between the largest, which clips nothing, and
  /// two thirds of it.
  private static Tensor leastLoss(Tensor weight) {
    Tensor most = weight.abs().amax(1, true).div(7.5);
    Tensor scales = most.clamp(Grid.EPSILON, null);
    Tensor best = scales;
    Tensor least = loss(weight, best);
    for (double part = 0.95; part > 0.64; part -= 0.05) {
      Tensor tried = scales.mul(part);
      Tensor loss = loss(weight, tried);
      Tensor better = loss.lt(least);
      best = tried.where(better, best);
      least = loss.where(better, least);
    }
    return best;
  }

  private static Tensor codes(Tensor weight, Tensor scales) {
    return weight.div(scales).round().clamp(-8.0, 7.0);
  }

  private static Tensor loss(Tensor weight, Tensor scales) {
    return codes(weight, scales).mul(scales).sub(weight).square().sum(1, true);
  }

  /// Whether the whole numbers of a matrix fit 4 bits.
  static boolean fitsFourBits(Tensor numbers) {
    return numbers.dtype() == DType.INT8
        && numbers.numel() > 0
        && numbers.min().itemLong() >= -8
        && numbers.max().itemLong() <= 7;
  }

  /// The scales of a quantized matrix: one, or one a row.
  static Tensor scales(Tensor quantized) {
    if (!isWhole(quantized)) return Ops.tensor("aten::q_per_channel_scales", quantized);
    Object scale = Objects.requireNonNull(Ops.call("aten::q_scale", quantized));
    return Tensor.full(new Shape(1), ((Number) scale).doubleValue(), DType.FLOAT64);
  }

  /// Whether a quantized matrix has one scale.
  static boolean isWhole(Tensor quantized) {
    return Long.valueOf(0).equals(Ops.call("aten::qscheme", quantized));
  }

  private static Tensor byRow(Tensor weight, DType dtype) {
    GridType type = GridType.of(dtype, GridType.Zero.ANYWHERE);
    return Grid.of(Range.channels(weight, 0), type, 0).quantize(weight);
  }
}
