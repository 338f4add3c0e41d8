package dev.microtome.quant.onnx;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The graph of an ONNX model while it is built: nodes in order, and constants by name.
public final class OnnxGraph {
  /// An operator's name, domain ("" for ONNX' own), edges and attributes: whole numbers, real ones,
  /// text, and lists of whole numbers as `long[]`.
  public record Node(
      String operator,
      String domain,
      String name,
      List<String> inputs,
      List<String> outputs,
      Map<String, Object> attributes) {}

  /// An edge with its shape and type.
  public record Edge(String name, Shape shape, DType dtype) {}

  private record Content(DType dtype, Shape shape, List<Double> numbers) {}

  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final Map<Content, String> known = new HashMap<>();
  private final Map<String, Edge> edges = new LinkedHashMap<>();
  private final Map<String, Long> opsets = new LinkedHashMap<>();
  private Edge input = new Edge("input", new Shape(), DType.FLOAT32);
  private String output = "";

  /// @param opset the version of ONNX' own operators
  public OnnxGraph(long opset) {
    opsets.put("", opset);
  }

  void opset(String domain, long version) {
    opsets.put(domain, version);
  }

  void input(String name, Shape shape) {
    input = new Edge(name, shape, DType.FLOAT32);
  }

  void output(String name) {
    output = name;
  }

  /// Adds a node with one output and returns that.
  String node(
      String operator,
      String domain,
      String name,
      List<String> inputs,
      Map<String, Object> attributes,
      Edge out) {
    nodes.add(
        new Node(operator, domain, name, inputs, List.of(out.name()), new TreeMap<>(attributes)));
    edges.put(out.name(), out);
    return out.name();
  }

  /// A constant of its own.
  String constant(String name, Tensor tensor) {
    constants.put(name, tensor);
    return name;
  }

  /// A constant that equal ones share: the first name stays.
  String shared(String name, Tensor tensor) {
    var content =
        new Content(
            tensor.dtype(), tensor.shape(), Arrays.stream(tensor.toDoubles()).boxed().toList());
    return known.computeIfAbsent(content, _ -> constant(name, tensor));
  }

  public List<Node> nodes() {
    return List.copyOf(nodes);
  }

  public Map<String, Tensor> constants() {
    return java.util.Collections.unmodifiableMap(constants);
  }

  public Edge input() {
    return input;
  }

  public Edge output() {
    return java.util.Objects.requireNonNull(edges.get(output), "no node makes the output");
  }

  /// Every edge a node makes, by name.
  public Map<String, Edge> edges() {
    return java.util.Collections.unmodifiableMap(edges);
  }

  /// Versions by domain.
  public Map<String, Long> opsets() {
    return java.util.Collections.unmodifiableMap(opsets);
  }
}
