package dev.microtome.bench.golden;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// Tensors in goldens: `{"dtype": …, "shape": […], "data": […]}`, row by row; NaN and infinities
/// are strings.
final class JsonTensors {
  private JsonTensors() {}

  static Tensor tensor(JsonNode node) {
    double[] values =
        StreamSupport.stream(node.path("data").spliterator(), false)
            .mapToDouble(JsonTensors::number)
            .toArray();
    if (!node.path("shape").isArray() || !node.path("dtype").isString()) {
      throw new IllegalArgumentException("no tensor: " + node.getNodeType());
    }
    return Tensor.of(values)
        .to(DType.named(node.path("dtype").asString()))
        .reshape(new Shape(ModelCase.longs(node.path("shape"))));
  }

  private static double number(JsonNode value) {
    return value.isString() ? Double.parseDouble(value.asString()) : value.doubleValue();
  }
}
