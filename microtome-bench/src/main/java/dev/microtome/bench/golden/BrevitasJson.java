package dev.microtome.bench.golden;

import dev.microtome.quant.QuantTensor;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads recorded tensors, and compares with them.
final class BrevitasJson {
  private static final double SCALE = 1e-6;
  private static final double VALUE = 1e-5;
  private static final double VALUE_ABSOLUTE = 1e-6;
  private static final double GRADIENT = 1e-4;
  private static final double GRADIENT_ABSOLUTE = 1e-5;

  private BrevitasJson() {}

  static boolean isQuantized(JsonNode node) {
    return node.path("qt").asBoolean(false);
  }

  static boolean isTensor(JsonNode node) {
    return node.isObject() && node.has("shape") && node.has("data");
  }

  /// A plain tensor or a QuantTensor.
  static Tensor any(JsonNode node) {
    return isQuantized(node) ? quantized(node) : tensor(node);
  }

  static Tensor tensor(JsonNode node) {
    double[] numbers = new double[node.path("data").size()];
    int i = 0;
    for (JsonNode number : node.path("data")) {
      numbers[i++] = number(number);
    }
    long[] shape = longs(node.path("shape"));
    String dtype = node.path("dtype").asString("float32");
    return Grad.off(() -> Tensor.from(numbers, shape).to(DType.named(dtype)));
  }

  private static double number(JsonNode node) {
    return switch (node.asString("")) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "true" -> 1;
      case "false" -> 0;
      default -> node.doubleValue();
    };
  }

  static QuantTensor quantized(JsonNode node) {
    return new QuantTensor(
        tensor(node.path("value")),
        tensor(node.path("scale")),
        tensor(node.path("zero_point")),
        tensor(node.path("bit_width")),
        node.path("signed").asBoolean(),
        node.path("training").asBoolean());
  }

  static List<Tensor> list(JsonNode nodes) {
    var list = new ArrayList<Tensor>();
    nodes.forEach(node -> list.add(any(node)));
    return list;
  }

  static long[] longs(JsonNode nodes) {
    long[] numbers = new long[nodes.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = nodes.get(i).asLong();
    }
    return numbers;
  }

  // ---- comparing ----

  /// Compares a result with its record, grid included if there is one.
  static void compare(String what, JsonNode expected, Tensor actual, Differences found) {
    if (!isQuantized(expected)) {
      if (actual instanceof QuantTensor) {
        found.add(what + " is a QuantTensor, recorded is a plain tensor");
      }
      values(what, tensor(expected), QuantTensor.valueOf(actual), found);
      return;
    }
    if (!(actual instanceof QuantTensor got)) {
      found.add(what + " is a plain tensor, recorded is a QuantTensor");
      return;
    }
    QuantTensor wanted = quantized(expected);
    values(what, wanted.value(), got.value(), found);
    found.close(what + " scale", wanted.scale(), got.scale(), SCALE, 0);
    found.close(what + " bit width", wanted.bitWidth(), got.bitWidth(), 0, 0);
    found.close(what + " zero point", wanted.zeroPoint(), got.zeroPoint(), VALUE, VALUE);
    found.equal(what + " signed", wanted.signed(), got.signed());
    found.equal(what + " training", wanted.training(), got.training());
    if (expected.has("is_valid")) {
      found.equal(what + " is valid", expected.path("is_valid").asBoolean(), got.isValid());
    }
    if (isTensor(expected.path("int"))) {
      Tensor integers = tensor(expected.path("int"));
      found.equal(what + " integers' dtype", integers.dtype(), got.integers().dtype());
      found.close(what + " integers", integers, got.integers(), 0, 0);
    }
  }

  static void values(String what, Tensor expected, Tensor actual, Differences found) {
    boolean whole = !expected.dtype().isFloatingPoint();
    found.close(what, expected, actual, whole ? 0 : VALUE, whole ? 0 : VALUE_ABSOLUTE);
  }

  /// Compares gradients; where none was recorded, zeros are fine, and the other way round.
  static void gradient(String what, JsonNode expected, @Nullable Tensor actual, Differences found) {
    if (!isTensor(expected)) {
      if (actual != null && actual.ne(0).any().toBooleans()[0]) {
        found.add(what + " has a gradient, recorded is none");
      }
      return;
    }
    Tensor wanted = tensor(expected);
    found.close(
        what, wanted, actual == null ? wanted.zerosLike() : actual, GRADIENT, GRADIENT_ABSOLUTE);
  }
}
