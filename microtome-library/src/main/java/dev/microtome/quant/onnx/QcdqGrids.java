package dev.microtome.quant.onnx;

import dev.microtome.quant.ActQuant;
import dev.microtome.quant.BiasQuant;
import dev.microtome.quant.Granularity;
import dev.microtome.quant.IntRange;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.Rounding;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// ONNX' own operators: `QuantizeLinear`, `Clip` where the integers are fewer than those of a byte,
/// `DequantizeLinear`. Weights are stored as integers.
record QcdqGrids() implements OnnxGrids {
  private static final int BYTE = 8;
  private static final int WORD = 32;

  @Override
  public long opset() {
    return 13;
  }

  @Override
  public String activation(OnnxWriter to, String name, String edge, ActQuant quant, Tensor like) {
    Quantizer quantizer = quant.quantizer();
    check(name, quantizer, BYTE);
    DType dtype = quantizer.signed() ? DType.INT8 : DType.UINT8;
    Tensor scale = flat(quant.scale());
    String scales = to.shared(name + ".scale", scale);
    String zeros =
        to.shared(name + ".zero_point", flat(quant.zeroPoint()).expand(scale.shape()).to(dtype));
    Map<String, Object> axis = axis(scale, channelOf(quant.scale()));
    String whole =
        to.node(
            "QuantizeLinear",
            OnnxWriter.ONNX,
            name + ".quantized",
            List.of(edge, scales, zeros),
            axis,
            like.shape(),
            dtype);
    String clipped = clipped(to, name, whole, quantizer.range(), dtype, like);
    return to.node(
        "DequantizeLinear", name + ".out", List.of(clipped, scales, zeros), axis, like.shape());
  }

  /// Bounds within a byte's.
  private static String clipped(
      OnnxWriter to, String name, String edge, IntRange range, DType dtype, Tensor like) {
    if (range.bits() == BYTE && !range.narrow()) {
      return edge;
    }
    return to.node(
        "Clip",
        OnnxWriter.ONNX,
        name + ".clipped",
        List.of(
            edge,
            to.scalar(name + ".min", range.min(), dtype),
            to.scalar(name + ".max", range.max(), dtype)),
        Map.of(),
        like.shape(),
        dtype);
  }

  @Override
  public String weight(
      OnnxWriter to,
      String name,
      Tensor real,
      Quantizer quantizer,
      QuantTensor weight,
      int channel) {
    check(name, quantizer, BYTE);
    DType dtype = quantizer.signed() ? DType.INT8 : DType.UINT8;
    Tensor scale = flat(weight.scale());
    String integers = to.constant(name + ".integers", weight.integers());
    String clipped = clipped(to, name, integers, quantizer.range(), dtype, real);
    String scales = to.shared(name + ".scale", scale);
    String zeros =
        to.shared(name + ".zero_point", flat(weight.zeroPoint()).expand(scale.shape()).to(dtype));
    return to.node(
        "DequantizeLinear",
        name + ".out",
        List.of(clipped, scales, zeros),
        axis(scale, channel),
        real.shape());
  }

  @Override
  public String bias(OnnxWriter to, String name, Tensor real, BiasQuant quant, QuantTensor bias) {
    check(name, quant.quantizer(), WORD);
    DType dtype = quant.quantizer().bits() <= BYTE ? DType.INT8 : DType.INT32;
    Tensor scale = flat(bias.scale());
    String integers = to.constant(name + ".integers", bias.integers().to(dtype));
    String scales = to.shared(name + ".scale", scale);
    String zeros = to.shared(name + ".zero_point", scale.zerosLike().to(dtype));
    return to.node(
        "DequantizeLinear",
        name + ".out",
        List.of(integers, scales, zeros),
        axis(scale, 0),
        real.shape());
  }

  /// One number without a dimension, or one for each channel in one.
  private static Tensor flat(Tensor perChannel) {
    return perChannel.numel() == 1
        ? perChannel.detach().reshape()
        : perChannel.detach().reshape(-1);
  }

  private static Map<String, Object> axis(Tensor scale, int channel) {
    return scale.dim() == 0 ? Map.of() : Map.of("axis", (long) channel);
  }

  private static int channelOf(Tensor scale) {
    for (int dim = 0; dim < scale.dim(); dim++) {
      if (scale.size(dim) > 1) {
        return dim;
      }
    }
    return 0;
  }

  private static void check(String name, Quantizer quantizer, int most) {
    if (quantizer.bits() == 1) {
      throw new IllegalArgumentException(
          "Binary quant not supported\n%s has 1 bit, which no ONNX operator rounds to; export QONNX"
              .formatted(name));
    }
    if (quantizer.bits() > most) {
      throw new IllegalArgumentException(
          "Bit width %d is not supported.\n%s needs more than a byte; export QONNX"
              .formatted(quantizer.bits(), name));
    }
    if (quantizer.rounding() != Rounding.HALF_EVEN) {
      throw new IllegalArgumentException(
          "%s rounds %s; ONNX' QuantizeLinear rounds half to even only; export QONNX"
              .formatted(name, quantizer.rounding()));
    }
    if (quantizer.granularity() instanceof Granularity.PerGroup) {
      throw new IllegalArgumentException(
          name + " has a scale per group, which ONNX 13 can't say; use one per channel");
    }
  }
}
