package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The 4-bit format of QLoRA: sixteen levels that suit normally distributed weights, times the
/// largest |w| of each block (Dettmers et al. 2023), laid out as bitsandbytes does.
///
/// @param packed uint8 (n/2, 1): two codes a byte, the first in the high bits
/// @param absmax largest |w| of each block
/// @param shape of the weight
/// @param blockSize numbers in a block of the flattened weight; the last may have fewer
public record Nf4(Tensor packed, Tensor absmax, Shape shape, long blockSize) {
  private static final float[] LEVELS = {
    -1.0f,
    -0.6961928f,
    -0.52507305f,
    -0.3949175f,
    -0.28444138f,
    -0.18477343f,
    -0.091050036f,
    0.0f,
    0.0795803f,
    0.1609302f,
    0.2461123f,
    0.33791524f,
    0.44070983f,
    0.562617f,
    0.72295684f,
    1.0f
  };

  public Nf4 {
    long numel = shape.numel();
    if (blockSize < 1 || numel == 0) {
      throw new IllegalArgumentException(
          "nothing to quantize in blocks of %d in a weight %s".formatted(blockSize, shape));
    }
    if (packed.numel() != Math.ceilDiv(numel, 2) || packed.dtype() != DType.UINT8) {
      throw new IllegalArgumentException(
          "the codes of a weight %s are %d bytes, got %s%s"
              .formatted(shape, Math.ceilDiv(numel, 2), packed.dtype().label(), packed.shape()));
    }
    if (absmax.numel() != Math.ceilDiv(numel, blockSize)) {
      throw new IllegalArgumentException(
          "a weight %s has %d blocks of %d, got %d values"
              .formatted(shape, Math.ceilDiv(numel, blockSize), blockSize, absmax.numel()));
    }
  }

  /// Quantizes a weight; a number halfway between two levels goes to the lower one.
  ///
  /// @throws IllegalArgumentException when the weight holds NaN or infinite numbers
  public static Nf4 quantize(Tensor weight, long blockSize) {
    Checks.finite(weight);
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor blocks = blocks(weight.detach().to(DType.FLOAT32), blockSize);
          Tensor absmax = blocks.abs().amax(1, true);
          Tensor scaled = blocks.div(absmax.maskedFill(absmax.eq(0), 1.0));
          Tensor levels = Tensor.of(LEVELS);
          Tensor between = levels.narrow(0, 0, 15).add(levels.narrow(0, 1, 15)).div(2);
          Tensor codes = scaled.bucketize(between).reshape(-1).narrow(0, 0, weight.numel());
          Tensor pairs = codes.pad(0, weight.numel() % 2).to(DType.UINT8).reshape(-1, 2);
          Tensor packed = pairs.select(1, 0).bitwiseLeftShift(4).bitwiseOr(pairs.select(1, 1));
          return new Nf4(packed.unsqueeze(1), absmax.reshape(-1), weight.shape(), blockSize);
        }));
  }

  private static Tensor blocks(Tensor weight, long blockSize) {
    long missing = Math.floorMod(-weight.numel(), blockSize);
    return weight.reshape(-1).pad(0, missing).reshape(-1, blockSize);
  }

  /// The codes, 0 to 15, in the weight's shape.
  public Tensor codes() {
    Tensor bytes = packed.reshape(-1);
    Tensor pairs =
        Tensor.stack(java.util.List.of(bytes.bitwiseRightShift(4), bytes.bitwiseAnd(15)), 1);
    return pairs.reshape(-1).narrow(0, 0, shape.numel()).reshape(shape);
  }

  /// The weight, float32.
  public Tensor dequantize() {
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor levels = Tensor.of(LEVELS).take(codes().to(DType.INT64));
          return blocks(levels, blockSize)
              .mul(absmax.unsqueeze(1))
              .reshape(-1)
              .narrow(0, 0, shape.numel())
              .reshape(shape);
        }));
  }
}
