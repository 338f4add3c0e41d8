package dev.microtome.bench.golden;

import dev.microtome.adapt.NotebookDora;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.lowbit.Packing;
import dev.microtome.nn.Linear;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// The QDoRA notebooks' quantizer, packing and module in float16: quantizer, dequantizing, norm and
/// forward equal to the last bit, gradients near those of float64.
final class NotebookGoldens {
  private static final double OUTPUT = 2e-3;
  private static final double GRADIENT = 4e-3; // of roundings forward and back

  private NotebookGoldens() {}

  /// Whether this is one of the notebooks' cases.
  static boolean knows(JsonNode one) {
    return one.has("W_dequant_fp16")
        || one.has("scale_fp16")
        || one.has("values")
        || one.has("printed_normed")
        || (one.has("note") && one.propertyNames().size() == 2);
  }

  static void check(JsonNode one, String what, Comparison found) {
    if (one.has("W_dequant_fp16")) {
      module(one, what, found);
    } else if (one.has("scale_fp16")) {
      quantizer(one, JsonTensors.tensor(one.path("data")).reshape(1, -1), what, found);
    } else if (one.has("values")) {
      packing(one, what, found);
    } else if (one.has("printed_normed")) {
      byHand(one, what, found);
    } else {
      zeros(what, found);
    }
  }

  private static PackedWeight quantizer(
      JsonNode one, Tensor weight, String what, Comparison found) {
    PackedWeight packed =
        LowBit.bits(one.path("bits").doubleValue())
            .groupSize(one.path("group_size").longValue())
            .notebook()
            .quantize(weight);
    found.same(what + "scale", JsonTensors.tensor(one.path("scale_fp16")), packed.scale().tensor());
    found.same(what + "zero", JsonTensors.tensor(one.path("zero_fp16")), packed.zero().tensor());
    Tensor codes = JsonTensors.tensor(one.path("q"));
    found.same(what + "q", codes, packed.codes().reshape(codes.shape()));
    if (one.has("packed_int32")) {
      found.same(what + "packed", JsonTensors.tensor(one.path("packed_int32")), packed.packed());
    }
    if (one.has("dequant_fp16")) {
      Tensor rebuilt = JsonTensors.tensor(one.path("dequant_fp16"));
      found.same(what + "dequant", rebuilt, packed.dequantize().reshape(rebuilt.shape()));
    }
    return packed;
  }

  private static void packing(JsonNode one, String what, Comparison found) {
    long[] values = ModelCase.longs(one.path("values"));
    Tensor packed = Packing.CONSECUTIVE_TENS.pack(Tensor.of(values).reshape(1, -1));
    long[] expected =
        one.has("packed")
            ? new long[] {one.path("packed").longValue()}
            : ModelCase.longs(one.path("packed_int32"));
    found.equal(what + "packed", Arrays.toString(expected), Arrays.toString(packed.toLongs()));
    if (one.has("binary32")) {
      String binary = Integer.toBinaryString((int) packed.itemLong());
      String padded = "0".repeat(32 - binary.length()) + binary;
      found.equal(what + "binary32", one.path("binary32").asString(), padded);
    }
    long[] all = ModelCase.longs(one.path("unpacked"));
    if (all.length > 0) {
      Tensor unpacked = Packing.CONSECUTIVE_TENS.unpack(packed, 1, all.length);
      found.equal(what + "unpacked", Arrays.toString(all), Arrays.toString(unpacked.toLongs()));
    }
  }

  /// One group in the steps of the first notebook.
  private static void byHand(JsonNode one, String what, Comparison found) {
    Tensor data = JsonTensors.tensor(one.path("data"));
    Tensor normed = data.sub(data.min()).div(data.max().sub(data.min())).mul(7);
    found.same(what + "normed", JsonTensors.tensor(one.path("normed_fp16_from_printed")), normed);
    PackedWeight packed =
        LowBit.bits(3).groupSize(data.numel()).notebook().quantize(data.reshape(1, -1));
    found.equal(
        what + "q",
        Arrays.toString(ModelCase.longs(one.path("q"))),
        Arrays.toString(packed.codes().reshape(-1).toLongs()));
  }

  private static void module(JsonNode one, String what, Comparison found) {
    Tensor weight = JsonTensors.tensor(one.path("W"));
    PackedWeight packed = quantizer(one, weight, what, found);
    found.same(
        what + "W_dequant",
        JsonTensors.tensor(one.path("W_dequant_fp16")),
        packed.dequantize(DType.FLOAT16));
    NotebookDora dora = dora(one, weight, packed);
    found.same(what + "m", JsonTensors.tensor(one.path("m_fp16")), dora.tensor("m").detach());
    JsonNode half = one.path("fp16_emulated_forward");
    found.same(what + "col_norms", JsonTensors.tensor(half.path("col_norms")), dora.rowNorms());
    Tensor x = JsonTensors.tensor(one.path("x")).requiresGrad_(true);
    Tensor y = dora.apply(x);
    found.same(what + "y", JsonTensors.tensor(half.path("y")), y.detach());
    y.backward(JsonTensors.tensor(one.path("grad_y")), false, false);
    JsonNode ideal = one.path("ideal_f64");
    found.scaled(what + "ideal y", JsonTensors.tensor(ideal.path("y")), y, OUTPUT);
    gradient(ideal, "x", x, what, found);
    gradient(ideal, "m", dora.tensor("m"), what, found);
    gradient(ideal, "a", dora.tensor("a.weight"), what, found);
    gradient(ideal, "b", dora.tensor("b.weight"), what, found);
    if (one.has("printed")) {
      printed(one, dora, y, what, found);
    }
  }

  private static NotebookDora dora(JsonNode one, Tensor weight, PackedWeight packed) {
    var base = new LowBitLinear(packed, null);
    int rank = one.path("rank").intValue();
    var dora = new NotebookDora(base, weight, rank, one.path("alpha").doubleValue());
    dora.loadMatching(
        Map.of(
            "a.weight", JsonTensors.tensor(one.path("a")),
            "b.weight", JsonTensors.tensor(one.path("b"))));
    return dora;
  }

  private static void gradient(
      JsonNode ideal, String name, Tensor leaf, String what, Comparison found) {
    JsonNode expected = ideal.path("grad_" + name);
    found.scaled(
        what + "grad_" + name,
        JsonTensors.tensor(expected),
        Objects.requireNonNull(leaf.grad()),
        GRADIENT);
  }

  /// What the notebooks print, to two decimals.
  private static void printed(
      JsonNode one, NotebookDora dora, Tensor y, String what, Comparison found) {
    double tolerance = one.path("tolerance").doubleValue();
    JsonNode printed = one.path("printed");
    near(what + "printed y", printed.path("quanted_result"), y, tolerance, found);
    if (printed.path("grad_m").isArray()) {
      Tensor gradient = Objects.requireNonNull(dora.tensor("m").grad());
      near(what + "printed grad_m", printed.path("grad_m"), gradient, tolerance, found);
    }
  }

  private static void near(
      String what, JsonNode expected, Tensor actual, double tolerance, Comparison found) {
    double[] numbers = actual.detach().toDoubles();
    boolean near = numbers.length == expected.size();
    for (int i = 0; near && i < numbers.length; i++) {
      near = Math.abs(numbers[i] - expected.path(i).doubleValue()) <= tolerance;
    }
    found.equal(what, expected.toString(), near ? expected.toString() : Arrays.toString(numbers));
  }

  /// With both factors zero neither ever moves; the magnitudes do.
  private static void zeros(String what, Comparison found) {
    var linear = new Linear(4, 5, false);
    var dora = new NotebookDora(linear, linear.weight(), 2, 1);
    dora.loadMatching(
        Map.of(
            "a.weight", Tensor.zeros(new Shape(2, 4)), "b.weight", Tensor.zeros(new Shape(5, 2))));
    dora.apply(Tensor.ones(4)).sum().backward();
    for (String name : new String[] {"a.weight", "b.weight"}) {
      Tensor gradient = Objects.requireNonNull(dora.tensor(name).grad());
      found.equal(what + name, 0.0, gradient.abs().max().item());
    }
    Tensor gradient = Objects.requireNonNull(dora.tensor("m").grad());
    found.equal(what + "m moves", true, gradient.abs().max().item() > 0);
  }
}
