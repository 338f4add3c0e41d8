package dev.microtome.tensor;

import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.jspecify.annotations.Nullable;

/// Attention of few queries in bfloat16, as in a step of a generation. libtorch's kernel sets up so
/// much for each head that widening keys and values, calling it in float32 and rounding the result
/// is three times as fast, and no less exact.
final class FewQueries {
  private static final long MOST = 8;

  private FewQueries() {}

  /// `aten::scaled_dot_product_attention(query, key, value, mask, dropout, causal)`.
  static @Nullable Tensor attention(List<?> args) {
    boolean plain =
        args.size() == 3
            || (args.size() == 6
                && args.get(3) == null
                && args.get(4) instanceof Double dropout
                && dropout == 0);
    return plain
            && args.get(0) instanceof DenseTensor query
            && args.get(1) instanceof DenseTensor key
            && args.get(2) instanceof DenseTensor value
            && isFew(query)
            && !isRecorded(query, key, value)
        ? wide(query)
            .scaledDotProductAttention(
                wide(key), wide(value), null, args.size() == 6 && Boolean.TRUE.equals(args.get(5)))
            .to(DType.BFLOAT16)
        : null;
  }

  private static boolean isFew(DenseTensor query) {
    return query.dtype() == DType.BFLOAT16
        && query.handle().is_cpu()
        && query.dim() > 1
        && query.size(-2) <= MOST;
  }

  private static boolean isRecorded(DenseTensor query, DenseTensor key, DenseTensor value) {
    return GradMode.is_enabled()
        && (query.requiresGrad() || key.requiresGrad() || value.requiresGrad());
  }

  private static Tensor wide(DenseTensor x) {
    return x.to(DType.FLOAT32);
  }
}
