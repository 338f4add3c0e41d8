package dev.microtome.quant;

import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Linear layers and convolutions of a quantized input with a quantized weight: the sums lie on a
/// grid again, whose scale is the product of both.
///
/// Arguments are `(input, weight, bias, …)`. A grid is given when both are quantized, have no zero
/// point and scales that go together; else the result is plain.
public final class Accumulator {
  private static final Logger LOG = LoggerFactory.getLogger(Accumulator.class);
  private static final String LINEAR = "aten::linear";
  private static final int STRIDE = 3;

  static final Set<String> OPERATIONS =
      Set.of(
          LINEAR,
          "aten::conv1d",
          "aten::conv2d",
          "aten::conv3d",
          "aten::conv_transpose1d",
          "aten::conv_transpose2d",
          "aten::conv_transpose3d");

  private Accumulator() {}

  static @Nullable Object answer(OpCall call) {
    Tensor value = QuantOperations.plainTensor(call);
    if (!(call.arg(0) instanceof QuantTensor input && call.arg(1) instanceof QuantTensor weight)) {
      return value;
    }
    if (!QuantArithmetic.isZero(input.zeroPoint()) || !QuantArithmetic.isZero(weight.zeroPoint())) {
      LOG.warn("Computing zero point of output accumulator not supported yet.");
      return value;
    }
    boolean linear = call.name().equals(LINEAR);
    Tensor scale = scale(input, weight, linear);
    if (scale == null) {
      LOG.warn("Could not compute output scale factor, returning Tensor");
      return value;
    }
    Tensor bits = bits(call, input.bitWidth(), weight);
    Tensor zeroPoint = Tensor.zeros(1);
    if (call.arg(2) instanceof Tensor bias) {
      if (!(bias instanceof QuantTensor onGrid && Mismatch.same(onGrid.scale(), scale))) {
        zeroPoint =
            QuantTensor.valueOf(bias).reshape(channels(input.dim(), linear)).div(scale).neg();
      }
      bits = bias instanceof QuantTensor onGrid ? withBias(bits, onGrid.bitWidth()) : bits;
    }
    return new QuantTensor(
        value,
        scale,
        zeroPoint,
        bits,
        input.signed() || weight.signed(),
        input.training() || weight.training());
  }

  private static Tensor withBias(Tensor bits, Tensor biasBits) {
    return biasBits.where(biasBits.gt(bits), bits).add(1);
  }

  /// The product of the scales, per channel of the output; null when they do not go together.
  static @Nullable Tensor scale(QuantTensor input, QuantTensor weight, boolean linear) {
    long[] shape = channels(input.dim(), linear);
    Tensor ofWeight = weight.scale();
    Tensor ofInput = input.scale();
    if (ofWeight.numel() > weight.value().size(0) * weight.value().size(1)) {
      return null; // a scale per group: sums mix them
    }
    ofWeight = ofWeight.reshape(shape);
    ofInput = ofInput.reshape(shape);
    boolean together =
        ofWeight.numel() == 1 || ofInput.numel() == 1 || ofWeight.shape().equals(ofInput.shape());
    return together ? ofWeight.mul(ofInput) : null;
  }

  /// All 1 but the dimension of channels: the last of linear layers, else the second.
  private static long[] channels(int rank, boolean linear) {
    long[] shape = new long[rank];
    java.util.Arrays.fill(shape, 1);
    shape[linear ? rank - 1 : 1] = -1;
    return shape;
  }

  private static Tensor bits(OpCall call, Tensor inputBits, QuantTensor weight) {
    boolean transposed = call.name().startsWith("aten::conv_transpose");
    long[] stride = transposed && call.arg(STRIDE) instanceof long[] given ? given : new long[] {1};
    return bits(inputBits, weight.bitWidth(), weight.shape(), transposed ? stride : null);
  }

  /// Bits that hold any sum: `ceil(log2((2^in − 1) (2^w − 1) · terms))`. Integers count as unsigned
  /// ones of their full range.
  ///
  /// @param weight (out, in, kernel…)
  /// @param stride that of a transposed convolution, else null
  static Tensor bits(Tensor inputBits, Tensor weightBits, Shape weight, long @Nullable [] stride) {
    long terms = weight.get(1) * (stride == null ? kernel(weight) : patch(weight, stride));
    Tensor largest =
        IntRange.max(inputBits, false, false).mul(IntRange.max(weightBits, false, false));
    return StraightThrough.ceil(largest.mul(terms).log2());
  }

  /// The bits of the sums of a linear layer or convolution, as for any input and any weight.
  ///
  /// @param weight (out, in, kernel…)
  public static int bits(int inputBits, int weightBits, Shape weight) {
    return (int)
        bits(Tensor.scalar((float) inputBits), Tensor.scalar((float) weightBits), weight, null)
            .item();
  }

  /// The bits of the sums of a transposed convolution.
  ///
  /// @param weight (in, out, kernel…)
  public static int transposedBits(int inputBits, int weightBits, Shape weight, long... stride) {
    return (int)
        bits(Tensor.scalar((float) inputBits), Tensor.scalar((float) weightBits), weight, stride)
            .item();
  }

  /// The bits of the sum of so many integers.
  public static int pooledBits(int inputBits, long elements) {
    return (int) AveragePools.bits(Tensor.scalar((float) inputBits), elements).item();
  }

  private static long kernel(Shape weight) {
    long size = 1;
    for (int i = 2; i < weight.rank(); i++) {
      size *= weight.get(i);
    }
    return size;
  }

  private static long patch(Shape weight, long[] stride) {
    long size = 0;
    for (int i = 2; i < weight.rank(); i++) {
      long step = stride[Math.min(i - 2, stride.length - 1)];
      size += Math.max(Math.ceilDiv(weight.get(i), step), 1);
    }
    return size;
  }
}
