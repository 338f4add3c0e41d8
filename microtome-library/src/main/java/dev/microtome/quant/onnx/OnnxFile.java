package dev.microtome.quant.onnx;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Writes an [OnnxGraph] as an ONNX model. Field numbers are those of `onnx.proto`.
public final class OnnxFile {
  private static final long IR_VERSION = 8;
  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_STRING = 3;
  private static final int ATTRIBUTE_INTS = 7;

  private OnnxFile() {}

  /// Writes the model, in place of a file that is there.
  public static void write(OnnxGraph graph, Path file) throws IOException {
    Files.write(file, toBytes(graph));
  }

  /// The model as bytes.
  public static byte[] toBytes(OnnxGraph graph) {
    var model = new ProtoBytes().whole(1, IR_VERSION).text(2, "microtome");
    model.message(7, graph(graph));
    graph
        .opsets()
        .forEach((domain, version) ->
            model.message(8, new ProtoBytes().text(1, domain).whole(2, version)));
    return model.toBytes();
  }

  private static ProtoBytes graph(OnnxGraph graph) {
    var bytes = new ProtoBytes();
    graph.nodes().forEach(node -> bytes.message(1, node(node)));
    bytes.text(2, "network");
    graph.constants().forEach((name, tensor) -> bytes.message(5, tensor(name, tensor)));
    bytes.message(11, edge(graph.input()));
    bytes.message(12, edge(graph.output()));
    graph
        .edges()
        .values()
        .forEach(edge -> {
          if (!edge.name().equals(graph.output().name())) {
            bytes.message(13, edge(edge));
          }
        });
    return bytes;
  }

  private static ProtoBytes node(OnnxGraph.Node node) {
    var bytes = new ProtoBytes();
    node.inputs().forEach(input -> bytes.text(1, input));
    node.outputs().forEach(output -> bytes.text(2, output));
    bytes.text(3, node.name()).text(4, node.operator());
    node.attributes().forEach((name, value) -> bytes.message(5, attribute(name, value)));
    return node.domain().isEmpty() ? bytes : bytes.text(7, node.domain());
  }

  private static ProtoBytes attribute(String name, Object value) {
    var bytes = new ProtoBytes().text(1, name);
    return switch (value) {
      case Float real -> bytes.real(2, real).whole(20, ATTRIBUTE_FLOAT);
      case Long whole -> bytes.whole(3, whole).whole(20, ATTRIBUTE_INT);
      case String text -> bytes.text(4, text).whole(20, ATTRIBUTE_STRING);
      case long[] many -> {
        for (long each : many) {
          bytes.whole(8, each);
        }
        yield bytes.whole(20, ATTRIBUTE_INTS);
      }
      default -> throw new IllegalArgumentException("no attribute can hold " + value);
    };
  }

  private static ProtoBytes tensor(String name, Tensor tensor) {
    var bytes = new ProtoBytes();
    for (long size : tensor.shape().dims()) {
      bytes.whole(1, size);
    }
    bytes.whole(2, type(tensor.dtype())).text(8, name);
    try (var arena = Arena.ofConfined()) {
      var raw = tensor.contiguous().dense().segment(arena);
      return bytes.bytes(9, raw.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private static ProtoBytes edge(OnnxGraph.Edge edge) {
    var shape = new ProtoBytes();
    Shape sizes = edge.shape();
    for (long size : sizes.dims()) {
      shape.message(1, new ProtoBytes().whole(1, size));
    }
    var tensor = new ProtoBytes().whole(1, type(edge.dtype())).message(2, shape);
    return new ProtoBytes().text(1, edge.name()).message(2, new ProtoBytes().message(1, tensor));
  }

  private static final Map<DType, Integer> TYPES =
      Map.of(DType.FLOAT32, 1, DType.UINT8, 2, DType.INT8, 3, DType.INT32, 6, DType.INT64, 7);

  private static int type(DType dtype) {
    Integer code = TYPES.get(dtype);
    if (code == null) {
      throw new IllegalArgumentException("no tensor of an export has " + dtype);
    }
    return code;
  }
}
