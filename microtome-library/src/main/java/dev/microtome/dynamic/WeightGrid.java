package dev.microtome.dynamic;

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
  private static final double FLOAT_EPSILON = 0x1p-23;
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
        : config.bits() == 4
            ? fourBits(float32)
            : config.perChannel() ? byChannel(float32, config) : whole(float32, config);
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

  private static Tensor whole(Tensor weight, DynamicConfig config) {
    float scale = 1;
    if (weight.numel() > 0) {
      float low = Math.min((float) weight.min().item(), 0);
      float high = Math.max((float) weight.max().item(), 0);
      float half = config.narrow() ? 127f : 127.5f;
      scale = Math.max(Math.max(-low, high) / half, (float) epsilon(config));
    }
    Tensor fitting = config.narrow() ? weight.clamp(-127.0 * scale, 127.0 * scale) : weight;
    return Ops.tensor("aten::quantize_per_tensor", fitting, (double) scale, 0, DType.QINT8);
  }

  private static Tensor byChannel(Tensor weight, DynamicConfig config) {
    Tensor low = Ops.tensor("aten::amin", weight, new long[] {1}, false).clamp(null, 0.0);
    Tensor high = Ops.tensor("aten::amax", weight, new long[] {1}, false).clamp(0.0, null);
    Tensor most = Ops.tensor("aten::maximum", low.neg(), high);
    Tensor scales = most.div(config.narrow() ? 127.0 : 127.5).clamp(epsilon(config), null);
    Tensor zeros = Tensor.zeros(new Shape(weight.size(0)), DType.INT64);
    Tensor fitting = weight;
    if (config.narrow()) {
      Tensor bound = scales.mul(127.0).unsqueeze(1);
      fitting =
          Ops.tensor("aten::minimum", Ops.tensor("aten::maximum", weight, bound.neg()), bound);
    }
    return Ops.tensor(
        "aten::quantize_per_channel", fitting, scales.to(DType.FLOAT64), zeros, 0, DType.QINT8);
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
    Tensor most = Ops.tensor("aten::amax", weight.abs(), new long[] {1}, true).div(7.5);
    Tensor scales = most.clamp(FLOAT_EPSILON, null);
    Tensor best = scales;
    Tensor least = loss(weight, best);
    for (double part = 0.95; part > 0.64; part -= 0.05) {
      Tensor tried = scales.mul(part);
      Tensor loss = loss(weight, tried);
      Tensor better = loss.lt(least);
      best = Ops.tensor("aten::where", better, tried, best);
      least = Ops.tensor("aten::where", better, loss, least);
    }
    return best;
  }

  private static Tensor codes(Tensor weight, Tensor scales) {
    return weight.div(scales).round().clamp(-8.0, 7.0);
  }

  private static Tensor loss(Tensor weight, Tensor scales) {
    Tensor error = codes(weight, scales).mul(scales).sub(weight).square();
    return Ops.tensor("aten::sum", error, new long[] {1}, true);
  }

  /// Whether the whole numbers of a matrix fit 4 bits.
  static boolean fitsFourBits(Tensor numbers) {
    return numbers.dtype() == DType.INT8
        && numbers.numel() > 0
        && numbers.min().itemLong() >= -8
        && numbers.max().itemLong() <= 7;
  }

  private static double epsilon(DynamicConfig config) {
    return config.narrow() ? NARROW_EPSILON : FLOAT_EPSILON;
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
    double levels = dtype == DType.QUINT8 ? 255 : 15;
    Tensor low = Ops.tensor("aten::amin", weight, new long[] {1}, false);
    Tensor high = Ops.tensor("aten::amax", weight, new long[] {1}, false);
    Tensor spread = high.sub(low).div(levels);
    Tensor ones = Tensor.ones(spread.shape(), DType.FLOAT32);
    Tensor scales = Ops.tensor("aten::where", spread.gt(FLOAT_EPSILON), spread, ones);
    Tensor zeros = low.neg().div(scales);
    return Ops.tensor("aten::quantize_per_channel", weight, scales, zeros, 0, dtype);
  }
}
