package dev.microtome.quant.onnx;

import dev.microtome.nn.ConvSettings;
import dev.microtome.quant.ActQuant;
import dev.microtome.quant.BiasQuant;
import dev.microtome.quant.QuantActivation;
import dev.microtome.quant.QuantCat;
import dev.microtome.quant.QuantConvolution;
import dev.microtome.quant.QuantEltwiseAdd;
import dev.microtome.quant.QuantEmbedding;
import dev.microtome.quant.QuantGraph;
import dev.microtome.quant.QuantHardTanh;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLayer;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantLstm;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantRnn;
import dev.microtome.quant.QuantSigmoid;
import dev.microtome.quant.QuantTanh;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.QuantUpsample;
import dev.microtome.quant.QuantWeightLayer;
import dev.microtome.quant.TruncPool;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Turns the steps of a network into nodes.
final class OnnxSteps {
  private final QuantGraph seen;
  private final OnnxGrids grids;
  private final OnnxGraph graph;
  private final OnnxWriter to;
  private final Map<Integer, String> edges = new HashMap<>();

  OnnxSteps(QuantGraph seen, OnnxGrids grids) {
    this.seen = seen;
    this.grids = grids;
    graph = new OnnxGraph(grids.opset());
    to = new OnnxWriter(graph);
  }

  OnnxGraph graph() {
    if (grids instanceof QonnxGrids) {
      graph.opset(QonnxGrids.DOMAIN, QonnxGrids.VERSION);
    }
    graph.input("input", seen.value(0).shape());
    edges.put(0, "input");
    for (QuantGraph.Step step : seen.steps()) {
      edges.put(
          step.output(),
          switch (step) {
            case QuantGraph.LayerStep layer -> layer(layer);
            case QuantGraph.OperationStep operation ->
                new OnnxOperations(to, seen, operation, this::edge).edge();
          });
    }
    graph.output(edge(seen.result()));
    return graph;
  }

  private String edge(int number) {
    return Objects.requireNonNull(edges.get(number), () -> "nothing made value " + number);
  }

  private String layer(QuantGraph.LayerStep step) {
    String in = edge(step.inputs().getFirst());
    Tensor out = QuantTensor.valueOf(seen.value(step.output()));
    if (!(step.layer() instanceof QuantLayer<?> layer)) {
      throw refused(step);
    }
    return switch (layer) {
      case QuantActivation act -> activation(step.name(), in, act, out);
      case QuantWeightLayer weighty -> weighted(step, in, weighty, out);
      case QuantEltwiseAdd add -> sum(step, add, out);
      case QuantCat cat -> joined(step, cat, out);
      case TruncPool pool ->
          new OnnxPools(to, grids)
              .truncated(
                  step.name(), in, pool, QuantTensor.of(seen.value(step.inputs().getFirst())), out);
      case QuantUpsample larger -> new OnnxPools(to, grids).larger(step.name(), in, larger, out);
    };
  }

  private static IllegalArgumentException refused(QuantGraph.LayerStep step) {
    String why =
        switch (step.layer()) {
          case QuantLstm _, QuantRnn _ ->
              ": ONNX' recurrent operators put nothing on a grid between two steps";
          case QuantEmbedding _ -> ": exported networks get real numbers, no indices";
          default -> "";
        };
    return new IllegalArgumentException(
        "%s (%s) has no form in ONNX here%s"
            .formatted(step.name(), step.layer().getClass().getSimpleName(), why));
  }

  private String onGrid(String name, String edge, @Nullable ActQuant quant, Tensor like) {
    return quant == null || !quant.isEnabled()
        ? edge
        : grids.activation(to, name, edge, quant, like);
  }

  private String activation(String name, String in, QuantActivation act, Tensor out) {
    String edge = onGrid(name + ".input_quant", in, act.inputQuant(), out);
    String function =
        switch (act) {
          case QuantIdentity _, QuantHardTanh _ -> edge;
          case QuantReLU _ -> function("Relu", name, edge, out);
          case QuantSigmoid _ -> function("Sigmoid", name, edge, out);
          case QuantTanh _ -> function("Tanh", name, edge, out);
        };
    return onGrid(name, function, act.settings().act() == null ? null : act.actQuant(), out);
  }

  private String function(String operator, String name, String edge, Tensor out) {
    return to.node(operator, name + "." + operator, List.of(edge), Map.of(), out.shape());
  }

  private String sum(QuantGraph.LayerStep step, QuantEltwiseAdd add, Tensor out) {
    String a = onGrid(step.name() + ".a", edge(step.inputs().get(0)), add.inputQuant(), out);
    String b = onGrid(step.name() + ".b", edge(step.inputs().get(1)), add.inputQuant(), out);
    String sum = to.node("Add", step.name() + ".Add", List.of(a, b), Map.of(), out.shape());
    return onGrid(step.name() + ".output_quant", sum, add.outputQuant(), out);
  }

  private String joined(QuantGraph.LayerStep step, QuantCat cat, Tensor out) {
    var parts = new ArrayList<String>();
    long dim = 0;
    for (int number : step.inputs()) {
      Tensor part = QuantTensor.valueOf(seen.value(number));
      String name = step.name() + ".part" + parts.size();
      parts.add(onGrid(name, edge(number), cat.inputQuant(), part));
      for (int i = 0; i < out.dim(); i++) {
        dim = part.size(i) == out.size(i) ? dim : i;
      }
    }
    String all =
        to.node("Concat", step.name() + ".Concat", parts, Map.of("axis", dim), out.shape());
    return onGrid(step.name() + ".output_quant", all, cat.outputQuant(), out);
  }

  // ---- weights ----

  private String weighted(
      QuantGraph.LayerStep step, String in, QuantWeightLayer layer, Tensor out) {
    String name = step.name();
    Tensor input = seen.value(step.inputs().getFirst());
    Tensor value = QuantTensor.valueOf(input);
    String edge = onGrid(name + ".input_quant", in, layer.inputQuant(), value);
    ActQuant quant = layer.inputQuant();
    Tensor onGrid = quant == null || !quant.isEnabled() ? input : quant.apply(input);
    String weight = weight(name, layer);
    String bias = bias(name, layer, onGrid);
    String sums =
        switch (layer) {
          case QuantLinear _ -> linear(name, edge, weight, bias, value, out);
          case QuantConvolution conv -> convolution(name, edge, weight, bias, conv, value, out);
          default -> throw refused(step);
        };
    return onGrid(name + ".output_quant", sums, layer.outputQuant(), out);
  }

  private String weight(String name, QuantWeightLayer layer) {
    String path = name + ".weight";
    int channel = layer instanceof QuantConvolution conv && conv.isTransposed() ? 1 : 0;
    return layer.quantWeight() instanceof QuantTensor weight
        ? grids.weight(
            to,
            path,
            layer.weight(),
            Objects.requireNonNull(layer.weightQuant()).quantizer(),
            weight,
            channel)
        : to.constant(path, layer.weight());
  }

  private @Nullable String bias(String name, QuantWeightLayer layer, Tensor onGrid) {
    Tensor bias = layer.bias();
    BiasQuant quant = layer.biasQuant();
    if (bias == null) {
      return null;
    }
    if (quant == null || !quant.isEnabled()) {
      return to.constant(name + ".bias", bias);
    }
    var quantized =
        QuantTensor.of(quant.apply(new BiasQuant.Input(bias, onGrid, layer.quantWeight())));
    return grids.bias(to, name + ".bias", bias, quant, quantized);
  }

  private String linear(
      String name, String edge, String weight, @Nullable String bias, Tensor in, Tensor out) {
    if (in.dim() == 2) {
      var attributes = new LinkedHashMap<String, Object>();
      attributes.put("alpha", 1f);
      attributes.put("beta", 1f);
      attributes.put("transB", 1L);
      return to.node(
          "Gemm",
          name + ".Gemm",
          bias == null ? List.of(edge, weight) : List.of(edge, weight, bias),
          attributes,
          out.shape());
    }
    Tensor none = Tensor.empty(in.size(-1), out.size(-1));
    String turned =
        to.node(
            "Transpose",
            name + ".weight.turned",
            List.of(weight),
            Map.of("perm", new long[] {1, 0}),
            none.shape());
    String product =
        to.node("MatMul", name + ".MatMul", List.of(edge, turned), Map.of(), out.shape());
    return bias == null
        ? product
        : to.node("Add", name + ".Add", List.of(product, bias), Map.of(), out.shape());
  }

  private String convolution(
      String name,
      String edge,
      String weight,
      @Nullable String bias,
      QuantConvolution conv,
      Tensor in,
      Tensor out) {
    ConvSettings settings = conv.convSettings();
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("dilations", settings.dilation().dims());
    attributes.put("group", settings.groups());
    attributes.put("kernel_shape", conv.kernel().dims());
    attributes.put("pads", settings.pads(conv.kernel(), in.shape()));
    attributes.put("strides", settings.stride().dims());
    if (conv.isTransposed()) {
      attributes.put("output_padding", settings.outputPadding().dims());
    }
    String operator = conv.isTransposed() ? "ConvTranspose" : "Conv";
    return to.node(
        operator,
        name + "." + operator,
        bias == null ? List.of(edge, weight) : List.of(edge, weight, bias),
        attributes,
        out.shape());
  }
}
