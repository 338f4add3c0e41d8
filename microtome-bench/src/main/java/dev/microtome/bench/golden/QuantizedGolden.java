package dev.microtome.bench.golden;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// Compares quantized tensors with goldens: `int`, and `scale` or `scales`.
final class QuantizedGolden {
  private QuantizedGolden() {}

  private static double number(JsonNode node) {
    return node.isString() ? Double.parseDouble(node.asString()) : node.doubleValue();
  }

  /// Whole numbers and grid must be exactly these.
  static void same(String what, JsonNode wanted, Tensor quantized, Comparison found) {
    long[] got = Ops.tensor("aten::int_repr", quantized).to(DType.INT64).reshape(-1).toLongs();
    found.equal(what + " ints", join(ModelCase.longs(wanted.path("int"))), join(got));
    if (wanted.has("scale")) {
      found.equal(
          what + " scale",
          wanted.path("scale").doubleValue(),
          Objects.requireNonNull(Ops.call("aten::q_scale", quantized)));
      found.equal(
          what + " zero point",
          wanted.path("zero_point").longValue(),
          Objects.requireNonNull(Ops.call("aten::q_zero_point", quantized)));
      return;
    }
    double[] scales =
        Ops.tensor("aten::q_per_channel_scales", quantized).to(DType.FLOAT64).toDoubles();
    found.equal(what + " scales", wanted.path("scales").size(), scales.length);
    for (int i = 0; i < scales.length; i++) {
      found.equal(
          what + " scale " + i, (float) number(wanted.path("scales").get(i)), (float) scales[i]);
    }
  }

  private static String join(long[] numbers) {
    return Arrays.toString(numbers);
  }
}
