package dev.microtome.quant.onnx;

import dev.microtome.quant.ActQuant;
import dev.microtome.quant.BiasQuant;
import dev.microtome.quant.Granularity;
import dev.microtome.quant.IntRange;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.TruncPool;
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

  /// Whole numbers first, so that halves are exact; then on the coarser grid as everything else.
  @Override
  public String truncation(
      OnnxWriter to, String name, String edge, TruncPool pool, QuantTensor average, Tensor like) {
    check(name, pool.bits(), BYTE);
    Tensor by = OnnxGrids.factor(pool, average);
    Tensor zero = average.zeroPoint().div(by);
    if (zero.ne(zero.round()).any().toBooleans()[0]) {
      throw new IllegalArgumentException(
          "%s: behind it the zero point is %s, and ONNX' are whole; export QONNX"
              .formatted(name, zero));
    }
    DType dtype = average.signed() ? DType.INT8 : DType.UINT8;
    String fine = to.shared(name + ".fine_scale", average.scale());
    String steps = operation(to, "Div", name + ".steps", like, edge, fine);
    String shift = to.shared(name + ".fine_zero_point", average.zeroPoint());
    String moved = operation(to, "Add", name + ".moved", like, steps, shift);
    String whole = operation(to, "Round", name + ".whole", like, moved);
    String share = to.shared(name + ".share", by.reciprocal());
    String cut = operation(to, "Mul", name + ".cut", like, whole, share);
    String rounded = operation(to, operator(name, pool.rounding()), name + ".rounded", like, cut);
    String one = to.shared(name + ".one", Tensor.scalar(1f));
    String none = to.scalar(name + ".none", 0, dtype);
    String integers =
        to.node(
            "QuantizeLinear",
            OnnxWriter.ONNX,
            name + ".quantized",
            List.of(rounded, one, none),
            Map.of(),
            like.shape(),
            dtype);
    IntRange range = new IntRange(pool.bits(), average.signed(), false);
    String clipped = clipped(to, name, integers, range, dtype, like);
    Tensor coarse = flat(average.scale().mul(by));
    String zeros = to.shared(name + ".zero_point", flat(zero).expand(coarse.shape()).to(dtype));
    return to.node(
        "DequantizeLinear",
        name + ".out",
        List.of(clipped, to.shared(name + ".scale", coarse), zeros),
        axis(coarse, channelOf(average.scale())),
        like.shape());
  }

  private static String operation(
      OnnxWriter to, String operator, String name, Tensor like, String... inputs) {
    return to.node(operator, name, List.of(inputs), Map.of(), like.shape());
  }

  private static String operator(String name, Rounding rounding) {
    return switch (rounding) {
      case HALF_EVEN -> "Round";
      case FLOOR -> "Floor";
      case CEIL -> "Ceil";
      case TOWARD_ZERO, DPU, STOCHASTIC ->
          throw new IllegalArgumentException(
              "%s: ONNX has no rounding %s".formatted(name, rounding));
    };
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
    check(name, quantizer.bits(), most);
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

  private static void check(String name, int bits, int most) {
    if (bits > most) {
      throw new IllegalArgumentException(
          "Bit width %d is not supported.\n%s needs more than a byte; export QONNX"
              .formatted(bits, name));
    }
  }
}
