package dev.microtome.quant.onnx;

import dev.microtome.quant.ActQuant;
import dev.microtome.quant.BiasQuant;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.TruncPool;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// QONNX' operators: one `Quant` node from real numbers to real numbers on a grid, of any bit
/// width. Weights are stored as real numbers on their grid, biases as they are.
record QonnxGrids() implements OnnxGrids {
  static final String DOMAIN = "qonnx.custom_op.general";
  static final long VERSION = 2;

  @Override
  public long opset() {
    return 14;
  }

  @Override
  public String activation(OnnxWriter to, String name, String edge, ActQuant quant, Tensor like) {
    return quant(
        to,
        name,
        edge,
        quant.quantizer(),
        quant.scale(),
        quant.zeroPoint(),
        quant.bitWidth(),
        like.shape());
  }

  @Override
  public String weight(
      OnnxWriter to,
      String name,
      Tensor real,
      Quantizer quantizer,
      QuantTensor weight,
      int channel) {
    String numbers = to.constant(name + ".real", weight.value());
    return quant(
        to,
        name,
        numbers,
        quantizer,
        weight.scale(),
        weight.zeroPoint(),
        weight.bitWidth(),
        real.shape());
  }

  @Override
  public String bias(OnnxWriter to, String name, Tensor real, BiasQuant quant, QuantTensor bias) {
    String numbers = to.constant(name + ".real", real);
    return quant(
        to,
        name,
        numbers,
        quant.quantizer(),
        bias.scale(),
        bias.zeroPoint(),
        bias.bitWidth(),
        real.shape());
  }

  private static String quant(
      OnnxWriter to,
      String name,
      String edge,
      Quantizer quantizer,
      Tensor scale,
      Tensor zeroPoint,
      Tensor bits,
      Shape shape) {
    if (quantizer.bits() == 1) {
      return to.node(
          "BipolarQuant",
          DOMAIN,
          name + ".out",
          List.of(edge, to.shared(name + ".scale", scale)),
          Map.of(),
          shape,
          DType.FLOAT32);
    }
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("narrow", quantizer.narrow() ? 1L : 0L);
    attributes.put("rounding_mode", rounding(quantizer.rounding()));
    attributes.put("signed", quantizer.signed() ? 1L : 0L);
    return to.node(
        "Quant",
        DOMAIN,
        name + ".out",
        List.of(
            edge,
            to.shared(name + ".scale", scale),
            to.shared(name + ".zero_point", zeroPoint),
            to.shared(name + ".bits", bits)),
        attributes,
        shape,
        DType.FLOAT32);
  }

  @Override
  public String truncation(
      OnnxWriter to, String name, String edge, TruncPool pool, QuantTensor average, Tensor like) {
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("narrow", 0L);
    attributes.put("rounding_mode", rounding(pool.rounding()));
    attributes.put("signed", average.signed() ? 1L : 0L);
    Tensor coarse = average.scale().mul(OnnxGrids.factor(pool, average));
    return to.node(
        "Trunc",
        DOMAIN,
        name + ".out",
        List.of(
            edge,
            to.shared(name + ".scale", average.scale()),
            to.shared(name + ".zero_point", average.zeroPoint()),
            to.shared(name + ".bits", average.bitWidth()),
            to.shared(name + ".out_scale", coarse),
            to.shared(name + ".out_bits", Tensor.scalar((float) pool.bits()))),
        attributes,
        like.shape(),
        DType.FLOAT32);
  }

  private static String rounding(Rounding rounding) {
    return switch (rounding) {
      case HALF_EVEN -> "ROUND";
      case FLOOR -> "FLOOR";
      case CEIL -> "CEIL";
      case TOWARD_ZERO -> "ROUND_TO_ZERO";
      case DPU, STOCHASTIC ->
          throw new IllegalArgumentException("QONNX has no rounding " + rounding);
    };
  }
}
