package dev.microtome.tensor;

import dev.microtome.tensor.kernel.LogSum;
import dev.microtome.tensor.kernel.Vectors;
import dev.microtome.tensor.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// The mean cross-entropy of logits where no gradient is recorded: libtorch writes all log
/// probabilities down to look at one a row.
final class CrossEntropy {
  /// With fewer logits libtorch is quick enough.
  private static final long SMALLEST = 1 << 16;

  private static final long IGNORED = -100;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private CrossEntropy() {}

  /// `aten::cross_entropy_loss(logits, targets)` with all settings as they are by default; logits
  /// are (rows, classes), targets numbers of classes, -100 for rows that do not count.
  static @Nullable Tensor mean(List<?> args) {
    return args.size() == 2
            && args.get(0) instanceof DenseTensor logits
            && args.get(1) instanceof DenseTensor targets
            && Vectors.areUsable()
            && fits(logits, targets)
        ? mean(logits, targets.toLongs())
        : null;
  }

  private static boolean fits(DenseTensor logits, DenseTensor targets) {
    var x = logits.handle();
    var y = targets.handle();
    return logits.dtype() == DType.FLOAT32
        && targets.dtype() == DType.INT64
        && x.is_cpu()
        && y.is_cpu()
        && x.layout().value == torch.Layout.Strided.value
        && x.dim() == 2
        && y.dim() == 1
        && x.size(0) == y.size(0)
        && x.numel() >= SMALLEST
        && x.is_contiguous()
        && !(GradMode.is_enabled() && logits.requiresGrad());
  }

  private static @Nullable Tensor mean(DenseTensor logits, long[] targets) {
    long classes = logits.size(1);
    long counted = 0;
    for (long target : targets) {
      if (target != IGNORED && (target < 0 || target >= classes)) {
        return null; // libtorch tells
      }
      counted += target == IGNORED ? 0 : 1;
    }
    double[] losses = new double[targets.length];
    float[] right = right(logits, targets);
    long first = logits.address();
    try {
      Workers.run(
          targets.length,
          1,
          Torch.threads(),
          (from, to) -> {
            for (int row = from; row < to; row++) {
              if (targets[row] != IGNORED) {
                losses[row] = LogSum.of(first + 4L * row * classes, classes) - right[row];
              }
            }
          });
    } finally {
      Reference.reachabilityFence(logits);
    }
    return Tensor.full(new Shape(), DoubleStream.of(losses).sum() / counted, DType.FLOAT32);
  }

  /// The logits of the targets.
  private static float[] right(DenseTensor logits, long[] targets) {
    long classes = logits.size(1);
    float[] right = new float[targets.length];
    try (var arena = Arena.ofConfined()) {
      var memory = logits.segment(arena);
      for (int row = 0; row < right.length; row++) {
        right[row] =
            targets[row] == IGNORED ? 0 : memory.get(FLOAT, 4 * (row * classes + targets[row]));
      }
    }
    return right;
  }
}
