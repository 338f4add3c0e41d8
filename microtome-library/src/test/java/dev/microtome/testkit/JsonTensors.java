package dev.microtome.testkit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads recorded JSON beside a test: `{"dtype": …, "shape": […], "data": […]}` is a tensor.
public final class JsonTensors {
  private JsonTensors() {}

  /// The `cases` of a file in the test's package.
  public static List<JsonNode> cases(Class<?> test, String file) {
    try (InputStream in = test.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalArgumentException("no " + file + " beside " + test);
      }
      var cases = new JsonMapper().readTree(in).path("cases");
      return StreamSupport.stream(cases.spliterator(), false).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Tensor tensor(JsonNode node) {
    double[] values =
        StreamSupport.stream(node.path("data").spliterator(), false)
            .mapToDouble(value -> value.isString() ? special(value) : value.doubleValue())
            .toArray();
    long[] shape =
        StreamSupport.stream(node.path("shape").spliterator(), false)
            .mapToLong(JsonNode::longValue)
            .toArray();
    return Tensor.of(values)
        .to(DType.named(node.path("dtype").asString("float64")))
        .reshape(new Shape(shape));
  }

  private static double special(JsonNode name) {
    return Double.parseDouble(name.asString("NaN"));
  }
}
