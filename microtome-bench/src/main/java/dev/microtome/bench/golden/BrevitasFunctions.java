package dev.microtome.bench.golden;

import dev.microtome.quant.Accumulator;
import dev.microtome.quant.FakeQuantize;
import dev.microtome.quant.IntRange;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.Statistic;
import dev.microtome.quant.StraightThrough;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import tools.jackson.databind.JsonNode;

/// Replays single functions: statistics, straight-through steps, rounding to integers, bit widths.
final class BrevitasFunctions {
  private BrevitasFunctions() {}

  static void statistic(JsonNode one, Differences found) {
    JsonNode kwargs = one.path("kwargs");
    Statistic statistic = named(one.path("op").asString(""), kwargs);
    Tensor x = input(one).requiresGrad_(true);
    JsonNode dim = kwargs.path("stats_reduce_dim");
    Tensor y =
        !dim.isNumber()
            ? statistic.of(x)
            : statistic.ofRows(dim.asInt() == 1 ? x : x.transpose(0, 1));
    BrevitasJson.values("statistic", BrevitasJson.tensor(one.path("output")), y, found);
    gradient(one, x, y, found);
  }

  private static Statistic named(String op, JsonNode kwargs) {
    double high = kwargs.path("high_percentile_q").asDouble(99.999);
    double low = kwargs.path("low_percentile_q").asDouble(0.001);
    return switch (op) {
      case "AbsPercentile" -> new Statistic.AbsPercentile(high);
      case "PercentileInterval" -> new Statistic.PercentileInterval(low, high);
      case "NegativePercentileOrZero" -> new Statistic.NegativePercentileOrZero(low);
      case "AbsMax" -> new Statistic.AbsMax();
      case "AbsMinMax" -> new Statistic.AbsMinMax();
      case "NegativeMinOrZero" -> new Statistic.NegativeMinOrZero();
      case "AbsMaxAve" -> new Statistic.AbsMaxAve();
      case "AbsMaxL2" -> new Statistic.AbsMaxL2();
      case "AbsAve" -> new Statistic.AbsAve();
      case "MeanSigmaStd" -> new Statistic.MeanSigmaStd(kwargs.path("sigma").asDouble(3));
      default -> throw new IllegalStateException("unknown statistic " + op);
    };
  }

  /// The input, or the numbers of its formula.
  private static Tensor input(JsonNode one) {
    JsonNode formula = one.path("input_formula");
    if (!formula.isObject()) {
      return BrevitasJson.tensor(one.path("input"));
    }
    int n = formula.path("n").asInt();
    float[] numbers = new float[n];
    for (int j = 0; j < n; j++) {
      long step = (long) j * formula.path("mul").asLong() + formula.path("add").asLong();
      double number =
          (double) (step % formula.path("mod").asLong()) / formula.path("div").asDouble();
      numbers[j] = (float) (number - formula.path("off").asDouble());
    }
    return Tensor.from(numbers, n);
  }

  private static void gradient(JsonNode one, Tensor x, Tensor y, Differences found) {
    if (one.has("grad_output") && y.requiresGrad()) {
      y.mul(BrevitasJson.tensor(one.path("grad_output"))).sum().backward();
      BrevitasJson.gradient(
          "gradient", one.path("grad_input"), x.hasGrad() ? x.grad() : null, found);
    }
  }

  static void operation(JsonNode one, Differences found) {
    Tensor x = BrevitasJson.tensor(one.path("input")).requiresGrad_(true);
    boolean bounded = one.has("min");
    Tensor min = bounded ? BrevitasJson.tensor(one.path("min")).requiresGrad_(true) : x;
    Tensor max = bounded ? BrevitasJson.tensor(one.path("max")).requiresGrad_(true) : x;
    double[] args = new double[2];
    for (int i = 0; i < Math.min(2, one.path("args").size()); i++) {
      args[i] = one.path("args").get(i).doubleValue();
    }
    String fn = one.path("fn").asString("");
    Tensor y =
        switch (fn) {
          case "round_ste" -> StraightThrough.round(x);
          case "ceil_ste" -> StraightThrough.ceil(x);
          case "floor_ste" -> StraightThrough.floor(x);
          case "round_to_zero_ste" -> StraightThrough.round(x, Rounding.TOWARD_ZERO);
          case "dpu_round_ste" -> StraightThrough.round(x, Rounding.DPU);
          case "binary_sign_ste" -> StraightThrough.binarySign(x);
          case "ternary_sign_ste" -> StraightThrough.ternarySign(x);
          case "abs_binary_sign_grad" -> StraightThrough.abs(x);
          case "scalar_clamp_ste" -> StraightThrough.clamp(x, args[0], args[1]);
          case "scalar_clamp_min_ste" -> StraightThrough.clamp(x, args[0], null);
          case "tensor_clamp" -> StraightThrough.bounded(x, min, max);
          case "tensor_clamp_ste" -> StraightThrough.clamp(x, min, max);
          default -> throw new IllegalStateException("unknown function " + fn);
        };
    BrevitasJson.values("output", BrevitasJson.tensor(one.path("output")), y, found);
    gradient(one, x, y, found);
    if (bounded) {
      BrevitasJson.gradient(
          "gradient of min", one.path("grad_min"), min.hasGrad() ? min.grad() : null, found);
      BrevitasJson.gradient(
          "gradient of max", one.path("grad_max"), max.hasGrad() ? max.grad() : null, found);
    }
  }

  static void intQuant(JsonNode one, Differences found) {
    var range =
        new IntRange(
            one.path("bit_width").asInt(),
            one.path("signed").asBoolean(),
            one.path("narrow_range").asBoolean());
    Rounding rounding = BrevitasKeywords.rounding(one.path("rounding").asString(""));
    boolean straightThrough = one.path("clamp").asString("").endsWith("Ste");
    FakeQuantize function = FakeQuantize.to(range, rounding, true, straightThrough);
    Tensor x = BrevitasJson.tensor(one.path("input")).requiresGrad_(true);
    Tensor scale = BrevitasJson.tensor(one.path("scale")).requiresGrad_(true);
    Tensor zero = BrevitasJson.tensor(one.path("zero_point"));
    Tensor y = function.apply(x, scale, zero);
    BrevitasJson.values("output", BrevitasJson.tensor(one.path("output")), y, found);
    if (one.has("int")) {
      Tensor integers = y.detach().div(scale.detach()).add(zero).round().to(DType.INT32);
      found.close("integers", BrevitasJson.tensor(one.path("int")), integers, 0, 0);
    }
    gradient(one, x, y, found);
    BrevitasJson.gradient(
        "gradient of scale", one.path("grad_scale"), scale.hasGrad() ? scale.grad() : null, found);
  }

  static void intRange(JsonNode one, Differences found) {
    for (JsonNode row : one.path("rows")) {
      var range =
          new IntRange(
              row.path("bit_width").asInt(),
              row.path("signed").asBoolean(),
              row.path("narrow").asBoolean());
      found.equal(range + " min", row.path("min").doubleValue(), range.min() + 0.0);
      found.equal(range + " max", row.path("max").doubleValue(), range.max());
    }
  }

  static void accumulatorBits(JsonNode one, Differences found) {
    for (JsonNode row : one.path("rows")) {
      int in = row.path("input_bit_width").asInt();
      int weight = row.path("weight_bit_width").asInt();
      var shape = new Shape(BrevitasJson.longs(row.path("weight_shape")));
      String fn = row.path("fn").asString("");
      int bits =
          switch (fn) {
            case "conv", "linear" -> Accumulator.bits(in, weight, shape);
            case "conv_transpose" ->
                Accumulator.transposedBits(
                    in, weight, shape, BrevitasJson.longs(row.path("stride")));
            case "avg_pool2d" -> Accumulator.pooledBits(in, row.path("pool_elems").asLong());
            default -> throw new IllegalStateException("unknown function " + fn);
          };
      found.equal(row.toString(), row.path("out").asInt(), bits);
    }
  }
}
