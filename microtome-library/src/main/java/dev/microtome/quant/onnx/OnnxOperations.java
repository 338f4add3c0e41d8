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
  private final Tensor first;
  private final Tensor result;
  private final Shape in;
  private final Shape out;
  private final long part; // of an operation with several results

  OnnxOperations(
      OnnxWriter to, QuantGraph seen, QuantGraph.OperationStep step, IntFunction<String> edges) {
    this.to = to;
    call = step.call();
    name = step.name();
    inputs = step.inputs().stream().map(edges::apply).toList();
    first = QuantTensor.valueOf(seen.value(step.inputs().getFirst()));
    result = QuantTensor.valueOf(seen.value(step.output()));
    in = first.shape();
    out = result.shape();
    part = step.part();
  }

  String edge() {
    return switch (call.name()) {
      case "aten::relu" -> same("Relu");
      case "aten::sigmoid" -> same("Sigmoid");
      case "aten::tanh" -> same("Tanh");
      case "aten::add" -> both("Add");
      case "aten::sub" -> both("Sub");
      case "aten::mul" -> both("Mul");
      case "aten::div" -> both("Div");
      case "aten::flatten" -> flatten();
      case "aten::view", "aten::reshape" -> reshape();
      case "aten::max_pool2d" -> pool("MaxPool");
      case "aten::avg_pool2d" -> pool("AveragePool");
      case "aten::adaptive_avg_pool2d" ->
          OnnxPools.adaptive(to, name, inputs.getFirst(), first, result);
      case "aten::chunk" -> part();
      case "aten::transpose" -> transpose();
      case "aten::bmm", "aten::matmul" -> same("MatMul");
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

  /// Two dimensions exchanged.
  private String transpose() {
    long[] order = new long[in.rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    int a = Math.floorMod((int) whole(1), order.length);
    int b = Math.floorMod((int) whole(2), order.length);
    order[a] = b;
    order[b] = a;
    return node("Transpose", Map.of("perm", order));
  }

  /// One of the parts a tensor was cut into along a dimension.
  private String part() {
    int dim = Math.floorMod((int) whole(2), in.rank());
    long width = Math.ceilDiv(in.get(dim), whole(1));
    long start = part * width;
    return to.node(
        "Slice",
        name,
        List.of(
            inputs.getFirst(),
            to.constant(name + ".start", Tensor.of(start)),
            to.constant(name + ".end", Tensor.of(start + out.get(dim))),
            to.constant(name + ".dim", Tensor.of((long) dim))),
        Map.of(),
        out);
  }

  private String concat() {
    return node("Concat", Map.of("axis", whole(1)));
  }
}
