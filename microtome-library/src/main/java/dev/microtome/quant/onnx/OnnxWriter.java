package dev.microtome.quant.onnx;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adds nodes to a graph under readable names: a layer's path, then what the node is for.
final class OnnxWriter {
  static final String ONNX = "";

  private final OnnxGraph graph;

  OnnxWriter(OnnxGraph graph) {
    this.graph = graph;
  }

  /// A node of ONNX' own operators whose result has this shape.
  String node(
      String operator,
      String name,
      List<String> inputs,
      Map<String, Object> attributes,
      Shape shape) {
    return node(operator, ONNX, name, inputs, attributes, shape, DType.FLOAT32);
  }

  String node(
      String operator,
      String domain,
      String name,
      List<String> inputs,
      Map<String, Object> attributes,
      Shape shape,
      DType dtype) {
    return graph.node(
        operator, domain, name, inputs, attributes, new OnnxGraph.Edge(name, shape, dtype));
  }

  String constant(String name, Tensor tensor) {
    return graph.constant(name, tensor.detach().contiguous());
  }

  String shared(String name, Tensor tensor) {
    return graph.shared(name, tensor.detach().contiguous());
  }

  String scalar(String name, double value, DType dtype) {
    return shared(name, Tensor.scalar(value, dtype));
  }
}
