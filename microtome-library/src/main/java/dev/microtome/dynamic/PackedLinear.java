package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A quantized matrix in the order its engine wants it, with its bias: the only copy of the weights
/// that stays. What is saved is unpacked from it.
///
/// @param half whether the weights are half-precision numbers
record PackedLinear(NativeObject packed, @Nullable Tensor bias, boolean half, long in, long out) {
  /// Quantizes and packs weights (out, in).
  static PackedLinear of(
      String what,
      Tensor weight,
      @Nullable Tensor bias,
      DynamicConfig config,
      QuantizedEngine engine) {
    if (config.dtype() == DType.FLOAT16) return half(what, weight, bias);
    return Grad.off(() -> {
      Tensor quantized = Scope.run(() -> WeightGrid.quantize(what, weight, config));
      return pack(quantized, plain(bias), engine);
    });
  }

  /// Packs weights that are quantized already.
  static PackedLinear pack(Tensor quantized, @Nullable Tensor bias, QuantizedEngine engine) {
    NativeObject packed =
        engine.run(() -> object(Ops.call("quantized::linear_prepack", quantized, bias)));
    return new PackedLinear(packed, bias, false, quantized.size(1), quantized.size(0));
  }

  private static PackedLinear half(String what, Tensor weight, @Nullable Tensor bias) {
    return Grad.off(() -> {
      Tensor float32 = weight.detach().to(DType.FLOAT32).contiguous();
      WeightGrid.checkFinite(what, float32);
      return packHalf(float32, plain(bias));
    });
  }

  /// Packs float32 weights to half precision; FBGEMM alone can.
  static PackedLinear packHalf(Tensor weight, @Nullable Tensor bias) {
    NativeObject packed =
        QuantizedEngine.FBGEMM.run(
            () -> object(Ops.call("quantized::linear_prepack_fp16", weight, bias)));
    return new PackedLinear(packed, bias, true, weight.size(1), weight.size(0));
  }

  private static @Nullable Tensor plain(@Nullable Tensor bias) {
    return bias == null ? null : bias.detach().to(DType.FLOAT32).copy();
  }

  private static NativeObject object(@Nullable Object result) {
    return (NativeObject) Objects.requireNonNull(result);
  }

  /// `x Wᵀ + b` with activations quantized on the fly (to 7 bits where `reduceRange`).
  Tensor apply(Tensor x, boolean reduceRange) {
    return half
        ? Ops.tensor("quantized::linear_dynamic_fp16", x, packed)
        : Ops.tensor("quantized::linear_dynamic", x, packed, reduceRange);
  }

  /// The quantized weights (out, in); float32 ones when they are half-precision.
  Tensor weight() {
    Object parts =
        Ops.call(half ? "quantized::linear_unpack_fp16" : "quantized::linear_unpack", packed);
    return (Tensor) Objects.requireNonNull(((List<?>) Objects.requireNonNull(parts)).getFirst());
  }

  /// The weights as numbers.
  Tensor dequantized() {
    return half ? weight() : Ops.tensor("aten::dequantize", weight());
  }
}
