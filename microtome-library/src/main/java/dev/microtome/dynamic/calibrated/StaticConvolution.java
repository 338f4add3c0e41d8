package dev.microtome.dynamic.calibrated;

import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Convolution;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A convolution over one or two dimensions in whole numbers, perhaps with its ReLU: PyTorch's
/// `torch.ao.nn.quantized.Conv1d` and `Conv2d`. Inputs have a batch: (batch, channels, length) or
/// (batch, channels, height, width).
public final class StaticConvolution extends StaticLayer {
  private final NativeObject packed;
  private final @Nullable Tensor bias;
  private final Shape weightShape;
  private final ConvSettings settings;

  private StaticConvolution(
      NativeObject packed,
      @Nullable Tensor bias,
      Shape weightShape,
      ConvSettings settings,
      StaticGrids grids) {
    super(grids);
    this.packed = packed;
    this.bias = bias;
    this.weightShape = weightShape;
    this.settings = settings;
  }

  /// `conv` over its weight as it was quantized.
  static StaticConvolution of(
      Convolution conv,
      Tensor weight,
      @Nullable Tensor bias,
      StaticGrids grids,
      QuantizedEngine engine) {
    ConvSettings s = inNumbers(conv);
    String prepack = "quantized::conv%dd_prepack".formatted(weight.dim() - 2);
    NativeObject packed =
        engine.run(() ->
            Kernels.object(
                Ops.call(
                    prepack,
                    weight,
                    bias,
                    s.stride().dims(),
                    s.padding().dims(),
                    s.dilation().dims(),
                    s.groups())));
    return new StaticConvolution(packed, bias, weight.shape(), s, grids);
  }

  /// The kernels take as many zeros before as behind.
  private static ConvSettings inNumbers(Convolution conv) {
    if (!conv.settings().samePadding()) {
      return conv.settings();
    }
    int rank = conv.kernel().rank();
    long[] pads = conv.settings().pads(conv.kernel(), conv.weight().shape());
    long[] before = Arrays.copyOf(pads, rank);
    if (!Arrays.equals(before, Arrays.copyOfRange(pads, rank, 2 * rank))) {
      throw new IllegalArgumentException(
          "%s pads more behind than before, which its whole-number form can't: leave it out, or"
                  .formatted(conv.where())
              + " give it a kernel of odd size");
    }
    return conv.settings().withPadding(before);
  }

  private int rank() {
    return weightShape.rank() - 2;
  }

  @Override
  Tensor compute(Tensor whole) {
    String kernel = "quantized::conv%dd%s".formatted(rank(), grids.relu() ? "_relu" : "");
    return Ops.tensor(kernel, whole, packed, outScale, outZero);
  }

  @Override
  void check(Tensor x) {
    long channels = weightShape.get(1) * settings.groups();
    boolean fits = x.dim() == rank() + 2 && x.size(1) == channels;
    for (int d = 0; fits && d < rank(); d++) {
      fits = outSize(x, d) > 0;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "%s takes (batch, %d, %s) no smaller than its kernel %s, got %s"
              .formatted(
                  where(),
                  channels,
                  rank() == 1 ? "length" : "height, width",
                  Arrays.toString(Arrays.copyOfRange(weightShape.dims(), 2, rank() + 2)),
                  x.shape()));
    }
  }

  private long outSize(Tensor x, int d) {
    long kernel = settings.dilation().get(d) * (weightShape.get(d + 2) - 1) + 1;
    return Math.floorDiv(
            x.size(d + 2) + 2 * settings.padding().get(d) - kernel, settings.stride().get(d))
        + 1;
  }

  @Override
  Shape outShape(Tensor x) {
    long[] shape = x.shape().dims();
    shape[1] = weightShape.get(0);
    for (int d = 0; d < rank(); d++) {
      shape[d + 2] = outSize(x, d);
    }
    return new Shape(shape);
  }

  @Override
  StaticConvolution handingOn(boolean whole) {
    return new StaticConvolution(packed, bias, weightShape, settings, grids.handingOn(whole));
  }

  @Override
  public Tensor quantizedWeight() {
    return Kernels.first(Ops.call("quantized::conv%dd_unpack".formatted(rank()), packed));
  }

  @Override
  public @Nullable Tensor bias() {
    return bias;
  }

  @Override
  public long storedBytes() {
    return Kernels.storedBytes(quantizedWeight(), bias);
  }

  @Override
  protected StaticConvolution twin() {
    return new StaticConvolution(packed, bias, weightShape, settings, grids);
  }

  @Override
  String kind() {
    return "Conv%dd".formatted(rank());
  }

  @Override
  protected String describe() {
    return "%d, %d, kernel_size=%s, stride=%s, %s, padding=%s, groups=%d, qscheme=%s"
        .formatted(
            weightShape.get(1) * settings.groups(),
            weightShape.get(0),
            tuple(Arrays.copyOfRange(weightShape.dims(), 2, rank() + 2)),
            tuple(settings.stride().dims()),
            grid(),
            tuple(settings.padding().dims()),
            settings.groups(),
            Kernels.scheme(quantizedWeight()));
  }

  /// As Python prints it.
  private static String tuple(long... numbers) {
    String inside =
        Arrays.stream(numbers).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "(" + inside + (numbers.length == 1 ? ",)" : ")");
  }
}
