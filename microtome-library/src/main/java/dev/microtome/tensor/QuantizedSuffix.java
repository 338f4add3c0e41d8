package dev.microtome.tensor;

import java.util.List;

/// What the print of a tensor in one of libtorch's quantized dtypes adds: its grid.
final class QuantizedSuffix {
  private QuantizedSuffix() {}

  static void add(DenseTensor tensor, List<String> suffixes) {
    String scheme = scheme(tensor);
    suffixes.add("quantization_scheme=torch." + scheme);
    if (scheme.startsWith("per_tensor")) {
      double scale = ((Number) require(Ops.call("aten::q_scale", tensor))).doubleValue();
      suffixes.add("scale=" + RealFormat.shortest(scale));
      suffixes.add("zero_point=" + require(Ops.call("aten::q_zero_point", tensor)));
    } else {
      suffixes.add("scale=" + Ops.tensor("aten::q_per_channel_scales", tensor));
      suffixes.add("zero_point=" + Ops.tensor("aten::q_per_channel_zero_points", tensor));
      suffixes.add("axis=" + require(Ops.call("aten::q_per_channel_axis", tensor)));
    }
  }

  private static Object require(@org.jspecify.annotations.Nullable Object value) {
    return java.util.Objects.requireNonNull(value);
  }

  // The order of c10::QScheme.
  private static String scheme(DenseTensor tensor) {
    return switch (((Number) require(Ops.call("aten::qscheme", tensor))).intValue()) {
      case 0 -> "per_tensor_affine";
      case 1 -> "per_channel_affine";
      case 2 -> "per_tensor_symmetric";
      case 3 -> "per_channel_symmetric";
      default -> "per_channel_affine_float_qparams";
    };
  }
}
