package dev.microtome.tensor;

import dev.microtome.tensor.kernel.MatVec;
import dev.microtome.tensor.kernel.MatVec.Format;
import dev.microtome.tensor.kernel.MatVec.Layout;
import dev.microtome.tensor.kernel.Vectors;
import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// A linear layer on few rows, as in a step of a generation, where no gradient is recorded:
/// libtorch would spend most of its time on copying the weight into the form its matrix product
/// wants.
final class FewRows {
  /// With more, libtorch's product is about as fast.
  private static final int MOST_ROWS = 4;

  /// Weights with fewer numbers stay in the cache, where libtorch is quick enough.
  private static final long SMALLEST = 1 << 16;

  private final DenseTensor x;
  private final DenseTensor weight;
  private final @Nullable DenseTensor bias;
  private final Layout layout;

  private FewRows(DenseTensor x, DenseTensor weight, @Nullable DenseTensor bias, Layout layout) {
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.layout = layout;
  }

  /// `aten::linear(x, weight, bias)`; the weight is (out, in).
  static @Nullable Tensor linear(List<?> args) {
    boolean bare = args.size() == 2 || (args.size() == 3 && args.get(2) == null);
    return args.get(0) instanceof DenseTensor x
            && args.get(1) instanceof DenseTensor weight
            && (bare || args.get(2) instanceof DenseTensor)
        ? new FewRows(x, weight, bare ? null : (DenseTensor) args.get(2), Layout.BY_OUTPUT).tryRun()
        : null;
  }

  /// `aten::addmm(bias, x, weight)`; the weight is (in, out).
  static @Nullable Tensor addmm(List<?> args) {
    return args.size() == 3
            && args.get(0) instanceof DenseTensor bias
            && args.get(1) instanceof DenseTensor x
            && args.get(2) instanceof DenseTensor weight
        ? new FewRows(x, weight, bias, Layout.BY_INPUT).tryRun()
        : null;
  }

  private @Nullable Tensor tryRun() {
    try {
      Format format = format();
      if (format == null || isRecorded() || !fits()) {
        return null;
      }
      return Vectors.areUsable() && MatVec.fits(layout, inputs(), outputs())
          ? byVectors(format)
          : format == Format.FLOAT32 && x.handle().numel() == inputs() ? byBlas() : null;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// The one format of everything, or null when there is none.
  private @Nullable Format format() {
    Format format = format(weight);
    return format != null && format == format(x) && (bias == null || format == format(bias))
        ? format
        : null;
  }

  private static @Nullable Format format(DenseTensor tensor) {
    var handle = tensor.handle();
    if (!handle.is_cpu() || handle.layout().value != torch.Layout.Strided.value) {
      return null;
    }
    return switch (tensor.dtype()) {
      case FLOAT32 -> Format.FLOAT32;
      case BFLOAT16 -> Format.BFLOAT16;
      default -> null;
    };
  }

  private boolean isRecorded() {
    return GradMode.is_enabled()
        && (x.handle().requires_grad()
            || weight.handle().requires_grad()
            || (bias != null && bias.handle().requires_grad()));
  }

  private boolean fits() {
    var w = weight.handle();
    var in = x.handle();
    return w.dim() == 2
        && w.numel() >= SMALLEST
        && w.is_contiguous()
        && (layout == Layout.BY_OUTPUT ? in.dim() > 0 : in.dim() == 2)
        && in.size(in.dim() - 1) == inputs()
        && in.numel() > 0
        && in.numel() <= MOST_ROWS * inputs()
        && in.is_contiguous()
        && (bias == null
            || (bias.handle().dim() == 1
                && bias.handle().numel() == outputs()
                && bias.handle().is_contiguous()));
  }

  private long inputs() {
    return weight.handle().size(layout == Layout.BY_OUTPUT ? 1 : 0);
  }

  private long outputs() {
    return weight.handle().size(layout == Layout.BY_OUTPUT ? 0 : 1);
  }

  private long[] shape() {
    long[] shape = x.shape().dims();
    shape[shape.length - 1] = outputs();
    return shape;
  }

  private Tensor byVectors(Format format) {
    var out = DenseTensor.own(x.handle().new_empty(shape()));
    var product =
        new MatVec(
            address(x),
            address(weight),
            bias == null ? 0 : address(bias),
            address(out),
            (int) (x.handle().numel() / inputs()),
            (int) inputs(),
            (int) outputs(),
            format,
            layout);
    try {
      product.run(Torch.threads());
      return out;
    } finally {
      Reference.reachabilityFence(out);
    }
  }

  private static long address(DenseTensor tensor) {
    return tensor.handle().data_ptr().address();
  }

  /// BLAS has a product of a matrix with one vector, which does not copy.
  private Tensor byBlas() {
    Tensor matrix = layout == Layout.BY_OUTPUT ? weight : weight.t();
    Tensor row = x.view(inputs());
    Tensor out =
        bias == null
            ? Ops.tensor("aten::mv", matrix, row)
            : Ops.tensor("aten::addmv", bias, matrix, row);
    return out.view(shape());
  }
}
