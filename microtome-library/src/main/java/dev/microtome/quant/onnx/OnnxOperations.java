package dev.microtome.quant.onnx;

import dev.microtome.quant.QuantGraph;
import dev.microtome.quant.QuantTensor;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;

/// Turns an operation between layers into a node.
final class OnnxOperations {
  private final OnnxWriter to;
  private final OpCall call;
  private final String name;
  private final List<String> inputs;
  private final Shape in;
  private final Shape out;

  OnnxOperations(
      OnnxWriter to, QuantGraph seen, QuantGraph.OperationStep step, IntFunction<String> edges) {
    this.to = to;
    call = step.call();
    name = step.name();
    inputs = step.inputs().stream().map(edges::apply).toList();
    in = QuantTensor.valueOf(seen.value(step.inputs().getFirst())).shape();
    out = QuantTensor.valueOf(seen.value(step.output())).shape();
  }

  String edge() {
    return switch (call.name()) {
      case "aten::relu" -> same("Relu");
      case "aten::sigmoid" -> same("Sigmoid");
      case "aten::tanh" -> same("Tanh");
      case "aten::add" -> both("Add");
      case "aten::sub" -> both("Sub");
      case "aten::mul" -> both("Mul");
      case "aten::flatten" -> flatten();
      case "aten::view", "aten::reshape" -> reshape();
      case "aten::max_pool2d" -> pool("MaxPool");
      case "aten::avg_pool2d" -> pool("AveragePool");
      case "aten::adaptive_avg_pool2d" -> globalPool();
      case "aten::cat" -> concat();
      case "aten::softmax" -> node("Softmax", Map.of("axis", whole(1)));
      case "aten::dropout", "aten::alias", "aten::contiguous", "aten::detach" -> inputs.getFirst();
      default ->
          throw new IllegalArgumentException(
              "%s has no form in ONNX here: put it into a layer, or leave it out of the network"
                  .formatted(call));
    };
  }

  private String same(String operator) {
    return node(operator, Map.of());
  }

  private String node(String operator, Map<String, Object> attributes) {
    return to.node(operator, name, inputs, attributes, out);
  }

  /// A second operand may be a number or a constant tensor.
  private String both(String operator) {
    if (inputs.size() == 2) {
      return same(operator);
    }
    Tensor constant =
        switch (call.arg(1)) {
          case Number number -> Tensor.scalar(number.floatValue());
          case Tensor tensor -> QuantTensor.valueOf(tensor);
          case null, default -> throw new IllegalArgumentException("no operand in " + call);
        };
    return to.node(
        operator,
        name,
        List.of(inputs.getFirst(), to.constant(name + ".operand", constant)),
        Map.of(),
        out);
  }

  private long whole(int arg) {
    return ((Number) Objects.requireNonNull(call.arg(arg))).longValue();
  }

  private String flatten() {
    boolean rows = call.arg(1) instanceof Number from && from.longValue() == 1 && out.rank() == 2;
    return rows ? node("Flatten", Map.of("axis", 1L)) : reshape();
  }

  private String reshape() {
    String shape = to.constant(name + ".shape", Tensor.of(out.dims()));
    return to.node("Reshape", name, List.of(inputs.getFirst(), shape), Map.of(), out);
  }

  private String pool(String operator) {
    long[] kernel = (long[]) Objects.requireNonNull(call.arg(1));
    long[] stride = call.arg(2) instanceof long[] given && given.length > 0 ? given : kernel;
    long[] padding = call.arg(3) instanceof long[] given ? given : new long[kernel.length];
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("kernel_shape", spread(kernel));
    long[] both = spread(padding);
    attributes.put("pads", new long[] {both[0], both[1], both[0], both[1]});
    attributes.put("strides", spread(stride));
    if (operator.equals("AveragePool")) {
      attributes.put("count_include_pad", 1L);
    }
    return node(operator, attributes);
  }

  private static long[] spread(long[] sizes) {
    return sizes.length == 1 ? new long[] {sizes[0], sizes[0]} : sizes;
  }

  private String globalPool() {
    if (out.get(-1) != 1 || out.get(-2) != 1) {
      long[] kernel = {in.get(-2) / out.get(-2), in.get(-1) / out.get(-1)};
      if (in.get(-2) % out.get(-2) != 0 || in.get(-1) % out.get(-1) != 0) {
        throw new IllegalArgumentException(
            "%s: windows of different sizes have no form in ONNX".formatted(call));
      }
      return node("AveragePool", Map.of("kernel_shape", kernel, "strides", kernel));
    }
    return same("GlobalAveragePool");
  }

  private String concat() {
    return node("Concat", Map.of("axis", whole(1)));
  }
}
