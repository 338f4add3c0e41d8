package dev.microtome.bench.golden;

import dev.microtome.lowbit.GroupValues;
import dev.microtome.lowbit.HalfQuadratic;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.lowbit.Reconstruction;
import dev.microtome.lowbit.RoundToNearest;
import dev.microtome.lowbit.Solver;
import dev.microtome.lowbit.ValueCoding;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// HQQ's quantizer: codes, packed bytes, scales and zeros equal to the last bit.
final class QuantizeGoldens {
  private QuantizeGoldens() {}

  static void check(JsonNode one, String what, Comparison found) {
    Tensor weight = JsonTensors.tensor(one.path("W"));
    Solver solver = solver(one);
    LowBit settings = settings(one).solver(solver);
    PackedWeight packed = settings.quantize(weight);
    found.same(what + "W_q", JsonTensors.tensor(one.path("W_q")), packed.codes());
    found.same(what + "packed", JsonTensors.tensor(one.path("packed")), packed.packed());
    found.same(what + "scale", JsonTensors.tensor(one.path("scale")), packed.scale().tensor());
    found.same(what + "zero", JsonTensors.tensor(one.path("zero")), packed.zero().tensor());
    Tensor rebuilt = packed.dequantize(DType.FLOAT16); // what HQQ unpacks to
    found.same(what + "W_dequant", JsonTensors.tensor(one.path("W_dequant")), rebuilt);
    if (one.has("packing")) {
      found.equal(what + "packing", one.path("packing").asString(), packed.packing().label());
    }
    if (one.has("init_zero")) {
      start(one, settings, weight, what, found);
    }
    if (one.has("iterations_run")) {
      steps(one, settings, weight, what, found);
    }
    if (one.has("error")) {
      errors(one.path("error"), Reconstruction.of(weight, rebuilt), what, found);
    }
    if (one.has("fp16")) {
      half(one.path("fp16"), packed.withValues(DType.FLOAT16), what + "fp16, ", found);
    }
  }

  private static LowBit settings(JsonNode one) {
    return LowBit.bits(one.path("nbits").doubleValue())
        .groupSize(one.path("group_size").asLong(0))
        .axis(one.path("axis").intValue())
        .values(null);
  }

  static Solver solver(JsonNode one) {
    boolean roundZero = roundZero(one);
    JsonNode scale = one.path("scale");
    if (scale.isObject() && scale.path("shape").isEmpty()) { // one for the whole weight
      return new RoundToNearest(roundZero, true);
    }
    if (!one.path("optimize").asBoolean(true)) {
      return new RoundToNearest(roundZero, false);
    }
    var solver =
        one.path("flavour").asString("kappa").equals("nokappa")
            ? HalfQuadratic.constantBeta()
            : new HalfQuadratic();
    return solver.withRoundZero(roundZero);
  }

  /// As HQQ's configuration has it unless the golden says so.
  private static boolean roundZero(JsonNode one) {
    return one.path("round_zero").asBoolean(one.path("nbits").doubleValue() == 4);
  }

  /// The grid before the solver's first step.
  private static void start(
      JsonNode one, LowBit settings, Tensor weight, String what, Comparison found) {
    var nearest = new RoundToNearest(roundZero(one), false);
    PackedWeight start = settings.solver(nearest).quantize(weight);
    Tensor inverse = JsonTensors.tensor(one.path("init_scale_inv"));
    found.same(what + "init_scale_inv", inverse.reciprocal(), start.scale().tensor());
    found.same(
        what + "init_zero", JsonTensors.tensor(one.path("init_zero")), start.zero().tensor());
  }

  private static void steps(
      JsonNode one, LowBit settings, Tensor weight, String what, Comparison found) {
    List<Double> errors =
        settings.solver().fit(weight, settings.width(), settings.grouping(weight.shape())).errors();
    found.equal(what + "iterations_run", one.path("iterations_run").intValue(), errors.size());
    JsonNode recorded = one.path("iter_mean_abs_error_f32");
    for (int i = 0; i < Math.min(recorded.size(), errors.size()); i++) {
      found.near(what + "error of step " + i, recorded.path(i).doubleValue(), errors.get(i), 1e-6);
    }
  }

  private static void errors(JsonNode golden, Reconstruction error, String what, Comparison found) {
    found.near(what + "mae", golden.path("mae").doubleValue(), error.meanAbsolute(), 1e-6);
    found.near(what + "mse", golden.path("mse").doubleValue(), error.meanSquare(), 1e-6);
    found.near(what + "max_abs", golden.path("max_abs").doubleValue(), error.largest(), 1e-6);
    found.near(what + "rel_fro", golden.path("rel_fro").doubleValue(), error.relative(), 1e-6);
  }

  private static void half(JsonNode golden, PackedWeight half, String what, Comparison found) {
    found.same(what + "scale", JsonTensors.tensor(golden.path("scale")), half.scale().tensor());
    found.same(what + "zero", JsonTensors.tensor(golden.path("zero")), half.zero().tensor());
    found.same(
        what + "W_dequant",
        JsonTensors.tensor(golden.path("W_dequant")),
        half.dequantize(DType.FLOAT16));
  }

  /// Scales and zeros that are quantized themselves.
  static void codedValues(JsonNode one, String what, Comparison found) {
    Tensor weight = JsonTensors.tensor(one.path("W"));
    ValueCoding zeros =
        one.path("offload_meta").asBoolean(false) ? ValueCoding.GROUPS : ValueCoding.WHOLE;
    LowBit settings = settings(one).solver(solver(one));
    PackedWeight plain = settings.quantize(weight);
    PackedWeight coded = settings.codedValues(ValueCoding.GROUPS, zeros).quantize(weight);
    found.same(what + "packed", JsonTensors.tensor(one.path("packed")), coded.packed());
    found.same(what + "scale", JsonTensors.tensor(one.path("scale")), plain.scale().tensor());
    found.same(what + "zero", JsonTensors.tensor(one.path("zero")), plain.zero().tensor());
    values(one, "scale", coded.scale(), what, found);
    values(one, "zero", coded.zero(), what, found);
    Tensor rebuilt = coded.dequantize(DType.FLOAT16);
    found.same(what + "W_dequant", JsonTensors.tensor(one.path("W_dequant")), rebuilt);
    errors(one.path("error"), Reconstruction.of(weight, rebuilt), what, found);
  }

  private static void values(
      JsonNode one, String name, GroupValues values, String what, Comparison found) {
    if (!(values instanceof GroupValues.Quantized(PackedWeight weight))) {
      throw new IllegalStateException("the " + name + " was not quantized");
    }
    JsonNode meta = one.path(name + "_meta");
    found.same(what + name + "_q", JsonTensors.tensor(one.path(name + "_q")), weight.codes());
    found.same(
        what + name + "_meta.scale",
        JsonTensors.tensor(meta.path("scale")),
        weight.scale().tensor());
    found.same(
        what + name + "_meta.zero", JsonTensors.tensor(meta.path("zero")), weight.zero().tensor());
    found.equal(
        what + name + "_meta.shape",
        new Shape(ModelCase.longs(meta.path("shape"))),
        weight.grouping().shape());
    found.same(
        what + name + "_dequant", JsonTensors.tensor(one.path(name + "_dequant")), values.tensor());
  }
}
