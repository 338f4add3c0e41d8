package dev.microtome.quant;

import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Init;
import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A convolution with quantizers. Inputs are (batch, channels, size…), the batch may be left out;
/// the weight is (out, in / groups, kernel…), or (in, out / groups, kernel…) when transposed.
public abstract sealed class QuantConvolution extends QuantWeightLayer
    permits QuantConv1d,
        QuantConv2d,
        QuantConv3d,
        QuantConvTranspose1d,
        QuantConvTranspose2d,
        QuantConvTranspose3d {
  private final Plan plan;

  /// Everything but the quantizers.
  record Plan(long in, long out, Shape kernel, ConvSettings conv, boolean transposed) {
    Plan {
      check(in, out, kernel, conv);
      conv = conv.spread(kernel.rank());
      if (transposed && conv.samePadding()) {
        throw new IllegalArgumentException("a transposed convolution has no padding 'same'");
      }
    }

    private static void check(long in, long out, Shape kernel, ConvSettings conv) {
      if (in < 1 || out < 1 || Arrays.stream(kernel.dims()).anyMatch(size -> size < 1)) {
        throw new IllegalArgumentException(
            "a convolution has at least 1 input and output channel and a kernel of at least 1, got"
                + " %d, %d and %s".formatted(in, out, kernel));
      }
      if (in % conv.groups() != 0 || out % conv.groups() != 0) {
        throw new IllegalArgumentException(
            "%d groups do not divide %d input and %d output channels"
                .formatted(conv.groups(), in, out));
      }
    }

    static Shape kernel(Shape given, int rank) {
      return ConvSettings.spread("kernel", given, rank);
    }

    private Tensor weight() {
      long[] shape = new long[kernel.rank() + 2];
      shape[0] = transposed ? in : out;
      shape[1] = (transposed ? out : in) / conv.groups();
      System.arraycopy(kernel.dims(), 0, shape, 2, kernel.rank());
      return Init.kaimingUniform_(Tensor.empty(shape), Math.sqrt(5));
    }

    private @Nullable Tensor bias(Tensor weight) {
      double bound = 1 / Math.sqrt((double) weight.numel() / weight.size(0));
      return conv.bias() ? Init.uniform_(Tensor.empty(out), -bound, bound) : null;
    }
  }

  QuantConvolution(Plan plan, WeightSettings settings) {
    Tensor weight = plan.weight();
    super(settings, weight, plan.bias(weight), plan.transposed() ? 1 : 0);
    this.plan = plan;
  }

  @Override
  final Tensor compute(Tensor x, Tensor weight, @Nullable Tensor bias) {
    ConvSettings s = plan.conv;
    int rank = plan.kernel.rank();
    long[] stride = s.stride().dims();
    long[] dilation = s.dilation().dims();
    ConvSettings.Padded in = s.padded(x, plan.kernel);
    return plan.transposed
        ? Ops.tensor(
            "aten::conv_transpose" + rank + "d",
            x,
            weight,
            bias,
            stride,
            in.padding().dims(),
            s.outputPadding().dims(),
            s.groups(),
            dilation)
        : Ops.tensor(
            "aten::conv" + rank + "d",
            in.x(),
            weight,
            bias,
            stride,
            in.padding().dims(),
            dilation,
            s.groups());
  }

  @Override
  final void check(Tensor x) {
    int rank = plan.kernel.rank();
    boolean batched = x.dim() == rank + 2;
    if ((!batched && x.dim() != rank + 1) || x.size(batched ? 1 : 0) != plan.in) {
      throw new IllegalArgumentException(
          "%s needs (batch, %d, %s), got %s"
              .formatted(
                  where(),
                  plan.in,
                  rank == 1 ? "length" : rank == 2 ? "height, width" : "depth, height, width",
                  x.shape()));
    }
  }

  final Plan plan() {
    return plan;
  }

  public final long inChannels() {
    return plan.in;
  }

  public final long outChannels() {
    return plan.out;
  }

  public final Shape kernel() {
    return plan.kernel;
  }

  /// Stride, padding and the like, one number for each dimension.
  public final ConvSettings convSettings() {
    return plan.conv;
  }

  public final boolean isTransposed() {
    return plan.transposed;
  }

  @Override
  protected final String describe() {
    ConvSettings s = plan.conv;
    var text = new StringBuilder().append(plan.in).append(", ").append(plan.out);
    add(text, "kernel_size", plan.kernel, -1);
    add(text, "stride", s.stride(), -1);
    if (s.samePadding()) {
      text.append(", padding=same");
    }
    add(text, "padding", s.padding(), 0);
    add(text, "dilation", s.dilation(), 1);
    add(text, "output_padding", s.outputPadding(), 0);
    if (s.groups() != 1) {
      text.append(", groups=").append(s.groups());
    }
    return text.append(bias() == null ? ", bias=False" : "").append(suffix()).toString();
  }

  private static void add(StringBuilder text, String name, Shape value, long silent) {
    if (Arrays.stream(value.dims()).anyMatch(size -> size != silent)) {
      text.append(", ").append(name).append('=').append(PythonFormat.tuple(value.dims()));
    }
  }
}
