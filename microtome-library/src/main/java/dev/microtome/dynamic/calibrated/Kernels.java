package dev.microtome.dynamic.calibrated;

import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What libtorch's quantized kernels give and take besides tensors.
final class Kernels {
  private static final int SCALE_AND_ZERO = 16; // bytes in a file, for each channel

  private Kernels() {}

  static NativeObject object(@Nullable Object result) {
    return (NativeObject) Objects.requireNonNull(result);
  }

  /// The weight of what was unpacked.
  static Tensor first(@Nullable Object parts) {
    return (Tensor) Objects.requireNonNull(((List<?>) Objects.requireNonNull(parts)).getFirst());
  }

  static boolean isWhole(Tensor quantized) {
    return Long.valueOf(0).equals(Ops.call("aten::qscheme", quantized));
  }

  static String scheme(Tensor quantized) {
    return "torch.per_" + (isWhole(quantized) ? "tensor" : "channel") + "_affine";
  }

  static long storedBytes(Tensor weight, @Nullable Tensor bias) {
    long scales = isWhole(weight) ? 0 : SCALE_AND_ZERO * weight.size(0);
    return weight.numel() + scales + (bias == null ? 0 : 4 * bias.numel());
  }
}
