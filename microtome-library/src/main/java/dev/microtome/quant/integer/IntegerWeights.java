package dev.microtome.quant.integer;

import dev.microtome.nn.ConvSettings;
import dev.microtome.quant.QuantConvolution;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.QuantWeightLayer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The integers of a linear layer or convolution, whose sums lie on a grid of the input's scale
/// times the weight's.
final class IntegerWeights {
  final String name;
  final QuantTensor weight;
  final long[] w; // (out, in / groups, kernel…), zero point taken off
  final Shape shape;
  final double[] weightScale;
  final double inputScale;
  final long @Nullable [] bias; // on the grid of the sums
  private final @Nullable ConvSettings conv;

  IntegerWeights(String name, QuantWeightLayer layer, double inputScale) {
    this.name = name;
    this.inputScale = inputScale;
    if (!(layer.quantWeight() instanceof QuantTensor quantized)) {
      throw new IllegalArgumentException(name + " has no weight quantizer, so no integers");
    }
    if (layer instanceof QuantConvolution c && (c.isTransposed() || c.kernel().rank() != 2)) {
      throw new IllegalArgumentException(
          name + ": integers are computed of linear layers and convolutions of images only");
    }
    weight = quantized;
    conv = layer instanceof QuantConvolution c ? c.convSettings() : null;
    shape = weight.shape();
    Tensor centred =
        weight.integers().to(DType.FLOAT64).sub(weight.zeroPoint().detach().to(DType.FLOAT64));
    w = centred.to(DType.INT64).toLongs();
    weightScale = weight.scale().detach().reshape(-1).toDoubles();
    bias = layer.bias() == null ? null : bias(layer.bias());
  }

  private long[] bias(Tensor real) {
    double[] numbers = real.detach().toDoubles();
    long[] whole = new long[numbers.length];
    for (int c = 0; c < whole.length; c++) {
      whole[c] = (long) Math.rint((float) numbers[c] / (float) sumScale(c));
    }
    return whole;
  }

  private double sumScale(int channel) {
    return inputScale * weightScale[weightScale.length == 1 ? 0 : channel];
  }

  /// The scales of the sums.
  double[] sumScales() {
    double[] scales = new double[weightScale.length];
    Arrays.setAll(scales, this::sumScale);
    return scales;
  }

  /// The sums of an input, bias included.
  IntegerValue sums(IntegerValue x) {
    return conv == null ? linear(x) : convolution(x, conv);
  }

  private long start(int channel) {
    return bias == null ? 0 : bias[channel];
  }

  private IntegerValue linear(IntegerValue x) {
    int out = (int) shape.get(0);
    int in = (int) shape.get(1);
    int rows = x.q.length / in;
    long[] sums = new long[rows * out];
    for (int row = 0; row < rows; row++) {
      for (int o = 0; o < out; o++) {
        long sum = start(o);
        for (int i = 0; i < in; i++) {
          sum += (x.q[row * in + i] - x.zeroPoint) * w[o * in + i];
        }
        sums[row * out + o] = sum;
      }
    }
    return new IntegerValue(sums, new Shape(rows, out), sumScales(), 0);
  }

  private IntegerValue convolution(IntegerValue x, ConvSettings settings) {
    var window = new IntegerWindow(x.shape, shape, settings);
    int out = (int) shape.get(0);
    long[] sums = new long[(int) (x.shape.get(0) * out) * window.places()];
    int at = 0;
    for (int n = 0; n < x.shape.get(0); n++) {
      for (int o = 0; o < out; o++) {
        for (int place = 0; place < window.places(); place++) {
          sums[at++] = start(o) + window.product(x, w, n, o, place);
        }
      }
    }
    return new IntegerValue(sums, window.output(x.shape.get(0), out), sumScales(), 0);
  }
}
