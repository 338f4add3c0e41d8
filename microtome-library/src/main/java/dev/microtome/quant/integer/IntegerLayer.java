package dev.microtome.quant.integer;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The integers of a layer: everything hardware needs to compute it.
public final class IntegerLayer {
  private final IntegerWeights weights;
  private final double[] sumScales;
  private final long inputZeroPoint;
  private @Nullable IntegerGrid output;

  IntegerLayer(IntegerWeights weights, long inputZeroPoint) {
    this.weights = weights;
    this.inputZeroPoint = inputZeroPoint;
    sumScales = weights.sumScales();
  }

  IntegerValue sums(IntegerValue x) {
    return weights.sums(x).from(this);
  }

  void goesTo(IntegerGrid grid) {
    output = grid;
  }

  /// The layer's path.
  public String name() {
    return weights.name;
  }

  /// The weight's integers.
  public Tensor weight() {
    return weights.weight.integers();
  }

  public int weightBits() {
    return (int) weights.weight.bitWidth().item();
  }

  /// The weight's scale, one or one for each output channel.
  public double[] weightScale() {
    return weights.weightScale.clone();
  }

  public double inputScale() {
    return weights.inputScale;
  }

  public long inputZeroPoint() {
    return inputZeroPoint;
  }

  /// The bias on the grid of the sums, or null.
  public @Nullable Tensor bias() {
    return weights.bias == null ? null : Tensor.of(weights.bias).to(DType.INT32);
  }

  /// The scale of the result's grid; 0 when the sums themselves are the result.
  public double outputScale() {
    return output == null ? 0 : output.scale();
  }

  public long outputZeroPoint() {
    return output == null ? 0 : output.zeroPoint();
  }

  /// The factors from the grid of the sums to that of the result, one or one for each channel; none
  /// when the sums are the result.
  public List<FixedPoint> multipliers() {
    return output == null ? List.of() : List.of(output.factors(sumScales));
  }

  /// Everything as tensors under the layer's path, for a safetensors file.
  public Map<String, Tensor> tensors() {
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put(name() + ".weight", weight());
    tensors.put(name() + ".weight_scale", Tensor.of(weights.weightScale));
    Tensor bias = bias();
    if (bias != null) {
      tensors.put(name() + ".bias", bias);
    }
    tensors.put(name() + ".input_scale", Tensor.of(inputScale()));
    tensors.put(name() + ".input_zero_point", Tensor.of(inputZeroPoint));
    if (output != null) {
      tensors.put(name() + ".output_scale", Tensor.of(outputScale()));
      tensors.put(name() + ".output_zero_point", Tensor.of(outputZeroPoint()));
      tensors.put(
          name() + ".multiplier",
          Tensor.of(multipliers().stream().mapToLong(FixedPoint::multiplier).toArray()));
      tensors.put(
          name() + ".shift",
          Tensor.of(multipliers().stream().mapToLong(FixedPoint::shift).toArray()));
    }
    return tensors;
  }

  /// A table with a line for each layer.
  static String table(List<IntegerLayer> layers) {
    var text = new StringBuilder();
    String form = "%-20s %-18s %4s  %-12s %-12s %5s  %-12s %5s  %s%n";
    text.append(
        String.format(
            Locale.ROOT,
            form,
            "layer",
            "weight",
            "bits",
            "weight scale",
            "input scale",
            "zero",
            "output scale",
            "zero",
            "multiplier / 2^shift"));
    for (IntegerLayer layer : layers) {
      text.append(
          String.format(
              Locale.ROOT,
              form,
              layer.name(),
              layer.weight().shape(),
              layer.weightBits(),
              first(layer.weightScale()),
              number(layer.inputScale()),
              layer.inputZeroPoint(),
              layer.output == null ? "(sums)" : number(layer.outputScale()),
              layer.outputZeroPoint(),
              layer.multipliers().isEmpty()
                  ? ""
                  : layer.multipliers().getFirst().multiplier()
                      + " / 2^"
                      + layer.multipliers().getFirst().shift()
                      + (layer.multipliers().size() > 1 ? ", …" : "")));
    }
    return text.toString();
  }

  private static String first(double[] scales) {
    return number(scales[0]) + (scales.length > 1 ? ", …" : "");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }
}
