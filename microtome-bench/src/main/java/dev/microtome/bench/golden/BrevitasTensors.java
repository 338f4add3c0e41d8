package dev.microtome.bench.golden;

import dev.microtome.nn.AdaptiveAvgPool2d;
import dev.microtome.nn.AvgPool2d;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.quant.QuantTensor;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// Replays operations on QuantTensors.
final class BrevitasTensors {
  private final JsonNode one;
  private final List<Object> operands = new ArrayList<>();

  private BrevitasTensors(JsonNode one) {
    this.one = one;
    for (JsonNode operand : one.path("operands")) {
      Object read = operand.isNumber() ? operand.doubleValue() : BrevitasJson.any(operand);
      if (read instanceof Tensor tensor) {
        QuantTensor.valueOf(tensor).requiresGrad_(true);
      }
      operands.add(read);
    }
  }

  static void valid(JsonNode one, Differences found) {
    QuantTensor tensor = BrevitasJson.quantized(one.path("operands").get(0));
    found.equal("is valid", one.path("is_valid").asBoolean(), tensor.isValid());
  }

  static void operation(JsonNode one, Differences found) {
    var replay = new BrevitasTensors(one);
    if (one.has("error")) {
      BrevitasErrors.expect(one.path("error"), () -> replay.result(), found);
      return;
    }
    Tensor result = replay.result();
    BrevitasJson.compare("result", one.path("output"), result, found);
    replay.gradients(result, found);
  }

  private void gradients(Tensor result, Differences found) {
    Tensor value = QuantTensor.valueOf(result);
    if (one.has("grad_output") && value.requiresGrad()) {
      value.mul(BrevitasJson.tensor(one.path("grad_output"))).sum().backward();
    }
    for (int i = 0; i < one.path("grads").size(); i++) {
      if (operands.get(i) instanceof Tensor operand) {
        Tensor leaf = QuantTensor.valueOf(operand);
        BrevitasJson.gradient(
            "gradient " + i, one.path("grads").get(i), leaf.hasGrad() ? leaf.grad() : null, found);
      }
    }
  }

  private Tensor first() {
    return (Tensor) operands.getFirst();
  }

  private long[] longs(String name) {
    JsonNode node = one.path(name);
    return node.isArray() ? BrevitasJson.longs(node) : new long[] {node.asLong(), node.asLong()};
  }

  private Tensor result() {
    String op = one.path("op").asString("");
    return switch (op) {
      case "add", "sub", "mul", "div", "radd", "rsub", "rmul" -> arithmetic(op);
      case "neg" -> first().neg();
      case "abs" -> first().abs();
      case "pos" -> first().positive();
      case "cat" -> Tensor.cat(tensors(), one.path("dim").asLong());
      case "view" -> first().view(BrevitasJson.longs(one.path("shape")));
      case "reshape" -> first().reshape(BrevitasJson.longs(one.path("shape")));
      case "flatten" -> first().flatten(one.path("start_dim").asLong(0), -1);
      case "transpose" -> {
        long[] dims = longs("dims");
        yield first().transpose(dims[0], dims[1]);
      }
      case "permute" -> first().permute(BrevitasJson.longs(one.path("dims")));
      case "int" -> QuantTensor.of(widened()).integers();
      default -> network(op);
    };
  }

  /// The tensor whose integers are read; the note says when it is added to itself first.
  private Tensor widened() {
    return one.path("note").asString("").contains("q+q+q")
        ? first().add(first()).add(first())
        : first();
  }

  private List<Tensor> tensors() {
    return operands.stream().map(Tensor.class::cast).toList();
  }

  private Tensor arithmetic(String op) {
    boolean reflected = op.length() > 3;
    Object a = reflected ? operands.get(1) : operands.get(0);
    Object b = reflected ? operands.get(0) : operands.get(1);
    return switch (reflected ? op.substring(1) : op) {
      case "add" -> a instanceof Number n ? ((Tensor) b).add(n) : added((Tensor) a, b);
      case "sub" -> a instanceof Number n ? ((Tensor) b).rsub(n) : subtracted((Tensor) a, b);
      case "mul" -> a instanceof Number n ? ((Tensor) b).mul(n) : multiplied((Tensor) a, b);
      default -> b instanceof Number n ? ((Tensor) a).div(n) : ((Tensor) a).div((Tensor) b);
    };
  }

  private static Tensor added(Tensor a, Object b) {
    return b instanceof Number n ? a.add(n) : a.add((Tensor) b);
  }

  private static Tensor subtracted(Tensor a, Object b) {
    return b instanceof Number n ? a.sub(n) : a.sub((Tensor) b);
  }

  private static Tensor multiplied(Tensor a, Object b) {
    return b instanceof Number n ? a.mul(n) : a.mul((Tensor) b);
  }

  private Tensor network(String op) {
    return switch (op) {
      case "F.relu", "nn.ReLU" -> new ReLU().apply(first());
      case "torch.relu" -> QuantTensor.valueOf(first()).relu();
      case "torch.sigmoid", "F.sigmoid" -> first().sigmoid();
      case "torch.tanh" -> first().tanh();
      case "F.relu6" -> first().relu6();
      case "F.hardtanh" ->
          first().hardtanh(one.path("min").doubleValue(), one.path("max").doubleValue());
      case "torch.matmul" -> first().matmul((Tensor) operands.get(1));
      case "max_pool2d", "F.max_pool2d", "nn.MaxPool2d" ->
          new MaxPool2d(longs("kernel")[0]).apply(first());
      case "nn.AvgPool2d", "avg_pool2d", "F.avg_pool2d" -> averagePool();
      case "nn.AdaptiveAvgPool2d", "F.adaptive_avg_pool2d" -> {
        long[] size = longs("output_size");
        yield new AdaptiveAvgPool2d(size[0], size[1]).apply(first());
      }
      case "F.pad" -> first().pad(BrevitasJson.longs(one.path("pad")));
      case "F.interpolate" -> interpolated();
      default -> {
        if (op.startsWith("select(")) {
          yield first().select(0, 0);
        }
        throw new IllegalStateException("unknown operation " + op);
      }
    };
  }

  private Tensor averagePool() {
    long[] kernel = longs("kernel");
    return kernel[0] == kernel[1]
        ? new AvgPool2d(kernel[0]).apply(first())
        : first().avgPool2d(kernel, kernel, new long[] {0, 0});
  }

  private Tensor interpolated() {
    double factor = one.path("scale_factor").doubleValue();
    long[] size = {(long) (first().size(2) * factor), (long) (first().size(3) * factor)};
    return Objects.equals(one.path("mode").asString(""), "nearest")
        ? first().interpolateNearest2d(size)
        : first().interpolateBilinear2d(size, false);
  }
}
