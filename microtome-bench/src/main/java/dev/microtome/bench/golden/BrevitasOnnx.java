package dev.microtome.bench.golden;

import dev.microtome.nn.Sequential;
import dev.microtome.quant.onnx.OnnxExport;
import dev.microtome.quant.onnx.OnnxGraph;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// Replays exports: the nodes and constants must be those recorded, under any names.
final class BrevitasOnnx {
  private final Map<String, String> names = new LinkedHashMap<>();
  private final Differences found;

  private BrevitasOnnx(Differences found) {
    this.found = found;
  }

  static void export(JsonNode one, Differences found) {
    Sequential network = BrevitasLayers.sequence(one.path("layers"));
    BrevitasSteps.set(network, one.path("params"));
    network.train();
    BrevitasJson.list(one.path("train_inputs")).forEach(network::apply);
    new BrevitasSteps(network, found).states(one.path("state"));
    network.eval();
    Tensor input = BrevitasJson.tensor(one.path("test_input"));
    Tensor output = Grad.off(() -> network.apply(input));
    BrevitasJson.compare("eval output", one.path("eval_output"), output, found);
    if (one.has("qcdq")) {
      found.at("qcdq, ");
      graph(one.path("qcdq").path("graph"), OnnxExport.qcdq(network, input), found);
    }
    if (one.has("qonnx")) {
      found.at("qonnx, ");
      graph(one.path("qonnx").path("graph"), OnnxExport.qonnx(network, input), found);
    }
  }

  private static void graph(JsonNode wanted, OnnxGraph got, Differences found) {
    var compare = new BrevitasOnnx(found);
    compare.nodes(wanted.path("nodes"), got.nodes());
    wanted
        .path("opset")
        .properties()
        .forEach(entry ->
            found.equal(
                "opset of '" + entry.getKey() + "'",
                entry.getValue().asLong(),
                got.opsets().get(entry.getKey())));
    found.equal(
        "input", wanted.path("input").path(0).asString(""), compare.name(got.input().name()));
    found.equal(
        "output", wanted.path("output").path(0).asString(""), compare.name(got.output().name()));
    compare.constants(wanted.path("initializers"), got.constants());
  }

  /// Names by order of appearance.
  private String name(String own) {
    return names.computeIfAbsent(own, _ -> "t" + names.size());
  }

  private void nodes(JsonNode wanted, List<OnnxGraph.Node> got) {
    found.equal("number of nodes", wanted.size(), got.size());
    for (int i = 0; i < Math.min(wanted.size(), got.size()); i++) {
      OnnxGraph.Node node = got.get(i);
      JsonNode recorded = wanted.get(i);
      found.equal("node " + i, recorded.path("op").asString(""), node.operator());
      found.equal("domain of node " + i, recorded.path("domain").asString(""), node.domain());
      found.equal(
          "inputs of node " + i,
          texts(recorded.path("inputs")),
          node.inputs().stream().map(this::name).toList());
      found.equal(
          "outputs of node " + i,
          texts(recorded.path("outputs")),
          node.outputs().stream().map(this::name).toList());
      found.equal(
          "attributes of node " + i,
          attributes(recorded.path("attributes")),
          attributes(node.attributes()));
    }
  }

  private static List<String> texts(JsonNode nodes) {
    return nodes.valueStream().map(JsonNode::asString).toList();
  }

  private static Map<String, String> attributes(JsonNode recorded) {
    var all = new TreeMap<String, String>();
    recorded
        .properties()
        .forEach(entry -> {
          JsonNode value = entry.getValue();
          all.put(
              entry.getKey(),
              value.isArray()
                  ? Arrays.toString(BrevitasJson.longs(value))
                  : value.isNumber() ? Double.toString(value.doubleValue()) : value.asString());
        });
    return all;
  }

  private static Map<String, String> attributes(Map<String, Object> own) {
    var all = new TreeMap<String, String>();
    own.forEach((name, value) ->
        all.put(
            name,
            switch (value) {
              case long[] many -> Arrays.toString(many);
              case Number number -> Double.toString(number.doubleValue());
              default -> value.toString();
            }));
    return all;
  }

  private void constants(JsonNode wanted, Map<String, Tensor> got) {
    var renamed = new TreeMap<String, Tensor>();
    got.forEach((own, tensor) -> renamed.put(name(own), tensor));
    found.equal(
        "constants",
        new java.util.TreeSet<>(wanted.propertyNames()),
        new java.util.TreeSet<>(renamed.keySet()));
    renamed.forEach((name, tensor) -> {
      JsonNode recorded = wanted.path(name);
      if (BrevitasJson.isTensor(recorded)) {
        Tensor expected = BrevitasJson.tensor(recorded);
        found.equal(name + " dtype", expected.dtype(), tensor.dtype());
        BrevitasJson.values(name, expected, tensor.detach(), found);
      }
    });
  }
}
