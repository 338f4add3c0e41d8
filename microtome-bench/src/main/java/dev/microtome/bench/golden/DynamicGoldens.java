package dev.microtome.bench.golden;

import dev.microtome.dynamic.ActivationGrid;
import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicGru;
import dev.microtome.dynamic.DynamicLinear;
import dev.microtome.dynamic.DynamicLstm;
import dev.microtome.dynamic.QuantizedEmbedding;
import dev.microtome.dynamic.QuantizedEmbeddingBag;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Gru;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.RnnSettings;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Replays recorded weights, activations and single layers of dynamic quantization, on every
/// engine: whole numbers and grids exactly, outputs to one part in a million.
final class DynamicGoldens {
  private static final Map<String, DynamicConfig> CONFIGS =
      Map.of(
          "default_dynamic",
          DynamicConfig.QINT8,
          "per_channel_dynamic",
          DynamicConfig.QINT8_PER_CHANNEL,
          "range_neg127",
          DynamicConfig.QINT8.withNarrowRange(),
          "per_channel_range_neg127",
          DynamicConfig.QINT8_PER_CHANNEL.withNarrowRange());

  private DynamicGoldens() {}

  static void weights(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cases")) {
      Tensor weight = JsonTensors.tensor(one.path("weight"));
      CONFIGS.forEach((name, config) -> {
        if (one.has(name)) {
          String what = one.path("name").asString() + " " + name;
          var layer = DynamicLinear.of(linear(weight, null), config, QuantizedEngine.X86);
          QuantizedGolden.same(what, one.path(name), layer.quantizedWeight(), found);
        }
      });
    }
  }

  static void activations(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cases")) {
      String what =
          one.path("name").asString() + (one.path("reduce_range").asBoolean() ? "" : " 8 bits");
      Tensor x = JsonTensors.tensor(one.path("x"));
      var grid = ActivationGrid.of(x, one.path("reduce_range").booleanValue());
      found.equal(what + " scale", one.path("scale").doubleValue(), grid.scale());
      found.equal(
          what + " zero point", one.path("zero_point").longValue(), (long) grid.zeroPoint());
      QuantizedGolden.same(what, one, grid.quantize(x), found);
    }
  }

  static void linears(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cases")) {
      Tensor x = JsonTensors.tensor(one.path("x"));
      Tensor bias = one.path("bias").isNull() ? null : JsonTensors.tensor(one.path("bias"));
      Linear linear = linear(JsonTensors.tensor(one.path("weight")), bias);
      for (String name : new String[] {"default_dynamic", "per_channel_dynamic"}) {
        for (var engine : QuantizedEngine.values()) {
          String what = one.path("name").asString() + " " + name + " " + engine;
          var layer = DynamicLinear.of(linear, config(name), engine);
          JsonNode wanted = one.path(name);
          found.close(what, JsonTensors.tensor(wanted.path(like(engine))), layer.apply(x));
          QuantizedGolden.same(what, wanted.path("weight"), layer.quantizedWeight(), found);
        }
      }
      if (one.has("float16_dynamic_simulated")) {
        var half = DynamicLinear.of(linear, DynamicConfig.FLOAT16, QuantizedEngine.FBGEMM);
        Tensor wanted = JsonTensors.tensor(one.path("float16_dynamic_simulated"));
        found.close(one.path("name").asString() + " float16", wanted, half.apply(x));
      }
    }
  }

  private static DynamicConfig config(String name) {
    return Objects.requireNonNull(CONFIGS.get(name), name);
  }

  /// Which recording an engine must agree with: 7 bits of activations or 8.
  private static String like(QuantizedEngine engine) {
    return engine == QuantizedEngine.QNNPACK ? "qnnpack" : "onednn";
  }

  private static Linear linear(Tensor weight, @Nullable Tensor bias) {
    var linear = new Linear(weight.size(1), weight.size(0), bias != null);
    var state = new LinkedHashMap<String, Tensor>();
    state.put("weight", weight);
    if (bias != null) state.put("bias", bias);
    linear.load(state);
    return linear;
  }

  static void recurrent(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cases")) {
      for (String name : new String[] {"default_dynamic", "per_channel_dynamic"}) {
        for (var engine : QuantizedEngine.values()) {
          String what = one.path("kind").asString() + one.path("args") + " " + name + " " + engine;
          found.attempt(what, () -> recurrent(what, one, name, engine, found));
        }
        if (one.path("kind").asString().equals("LSTM")) {
          String what = "LSTM" + one.path("args") + " " + name + " fastest";
          DynamicLstm layer = DynamicLstm.of(lstm(one), config(name));
          found.attempt(what, () -> lstm(what, one, name, like(QuantizedEngine.X86), layer, found));
        }
      }
    }
    cells(golden, found);
  }

  /// Cells, on the engines that the recording is of.
  private static void cells(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cells")) {
      for (var engine : List.of(QuantizedEngine.X86, QuantizedEngine.ONEDNN)) {
        String what = one.path("kind").asString() + " " + engine;
        found.attempt(what, () -> CellGoldens.check(what, one, engine, found));
      }
    }
  }

  private static void recurrent(
      String what, JsonNode one, String name, QuantizedEngine engine, Comparison found) {
    if (one.path("kind").asString().equals("LSTM")) {
      lstm(what, one, name, like(engine), DynamicLstm.of(lstm(one), config(name), engine), found);
      return;
    }
    JsonNode wanted = one.path(name);
    DynamicGru layer = DynamicGru.of(gru(one), config(name), engine);
    found.equal(what + " print", wanted.path("print").asString(""), layer.toString());
    var out = layer.apply(new Gru.Input(tensor(one, "x"), tensor(one, "h0")));
    close(what + " output", wanted.path(like(engine)).path("output"), out.x(), found);
    close(what + " h_n", wanted.path(like(engine)).path("h_n"), out.state(), found);
    weights(what, wanted, layer.quantizedWeights(), found);
  }

  private static void weights(
      String what, JsonNode wanted, Map<String, Tensor> weights, Comparison found) {
    weights.forEach((key, weight) ->
        QuantizedGolden.same(what + " " + key, wanted.path("weights").path(key), weight, found));
  }

  /// @param like the recording its outputs must agree with
  private static void lstm(
      String what, JsonNode one, String name, String like, DynamicLstm layer, Comparison found) {
    JsonNode wanted = one.path(name);
    found.equal(what + " print", wanted.path("print").asString(""), layer.toString());
    lstmOutputs(what, one, wanted.path(like), layer, found);
    if (name.equals("default_dynamic") && like.equals("onednn")) {
      sequences(what, one, layer, found);
    }
    weights(what, wanted, layer.quantizedWeights(), found);
  }

  private static void lstmOutputs(
      String what, JsonNode one, JsonNode wanted, DynamicLstm layer, Comparison found) {
    var state = new Lstm.State(tensor(one, "h0"), tensor(one, "c0"));
    var out = layer.apply(new Lstm.Input(tensor(one, "x"), state));
    close(what + " output", wanted.path("output"), out.x(), found);
    close(what + " h_n", wanted.path("h_n"), out.state().h(), found);
    close(what + " c_n", wanted.path("c_n"), out.state().c(), found);
  }

  /// From zeros, and step by step, where the grids of the steps differ from those of the whole.
  private static void sequences(String what, JsonNode one, DynamicLstm layer, Comparison found) {
    Tensor x = tensor(one, "x");
    if (one.has("zero_state_default")) {
      JsonNode wanted = one.path("zero_state_default");
      JsonNode output = wanted.has("output") ? wanted.path("output") : wanted;
      close(what + " from zeros", output, layer.apply(new Lstm.Input(x, null)).x(), found);
    }
    if (one.has("step_by_step_default")) {
      Lstm.State state = new Lstm.State(tensor(one, "h0"), tensor(one, "c0"));
      var outputs = new ArrayList<Tensor>();
      for (long step = 0; step < x.size(0); step++) {
        var out = layer.apply(new Lstm.Input(x.narrow(0, step, 1), state));
        outputs.add(out.x());
        state = out.state();
      }
      JsonNode wanted = one.path("step_by_step_default");
      JsonNode output = wanted.has("output") ? wanted.path("output") : wanted;
      close(what + " step by step", output, Tensor.cat(outputs, 0), found);
    }
  }

  private static void close(String what, JsonNode wanted, Tensor got, Comparison found) {
    found.close(what, JsonTensors.tensor(wanted), got);
  }

  private static Tensor tensor(JsonNode one, String name) {
    return JsonTensors.tensor(one.path(name));
  }

  static RnnSettings settings(JsonNode args) {
    return new RnnSettings(
        args.path("num_layers").asInt(1),
        args.path("bias").asBoolean(true),
        args.path("batch_first").asBoolean(false),
        args.path("dropout").asDouble(0),
        args.path("bidirectional").asBoolean(false),
        0);
  }

  private static Lstm lstm(JsonNode one) {
    JsonNode args = one.path("args");
    var lstm =
        new Lstm(
            args.path("input_size").asLong(), args.path("hidden_size").asLong(), settings(args));
    lstm.load(params(one));
    lstm.eval();
    return lstm;
  }

  private static Gru gru(JsonNode one) {
    JsonNode args = one.path("args");
    var gru =
        new Gru(
            args.path("input_size").asLong(), args.path("hidden_size").asLong(), settings(args));
    gru.load(params(one));
    gru.eval();
    return gru;
  }

  static Map<String, Tensor> params(JsonNode one) {
    var params = new LinkedHashMap<String, Tensor>();
    one.path("params")
        .properties()
        .forEach(entry -> params.put(entry.getKey(), JsonTensors.tensor(entry.getValue())));
    return params;
  }

  static void embeddings(JsonNode golden, Comparison found) {
    Tensor table = JsonTensors.tensor(golden.path("weight"));
    Tensor indices = Tensor.of(ModelCase.longs(golden.path("idx")));
    var embedding = new Embedding(table.size(0), table.size(1));
    embedding.load(Map.of("weight", table));
    var bytes = QuantizedEmbedding.of(embedding, DynamicConfig.QUINT8);
    JsonNode wanted = golden.path("quint8");
    QuantizedGolden.same("quint8", wanted, bytes.quantizedWeight(), found);
    found.close("quint8 rows", JsonTensors.tensor(wanted.path("output")), bytes.apply(indices));
    found.equal("quint8 print", wanted.path("print").asString(""), bytes.toString());
    Tensor bag = JsonTensors.tensor(golden.path("bag_weight"));
    embedding.load(Map.of("weight", bag));
    var nibbles = QuantizedEmbedding.of(embedding, DynamicConfig.QUINT4X2);
    Tensor scales =
        Ops.tensor("aten::q_per_channel_scales", nibbles.quantizedWeight()).to(DType.FLOAT32);
    JsonNode four = golden.path("quint4x2");
    var bags = new EmbeddingBag(bag.size(0), bag.size(1), EmbeddingBag.Mode.SUM);
    bags.load(Map.of("weight", bag));
    var small = QuantizedEmbeddingBag.of(bags, DynamicConfig.QUINT4X2);
    Tensor offsets = Tensor.of(ModelCase.longs(golden.path("bag_offsets")));
    found.close(
        "quint4x2 bags",
        JsonTensors.tensor(four.path("output")),
        small.apply(new EmbeddingBag.Input(indices, offsets)));
    found.equal("quint4x2 print", four.path("print").asString(""), small.toString());
    for (int i = 0; i < four.path("scales").size(); i++) {
      found.close("quint4x2 scale", four.path("scales").get(i).doubleValue(), scales.get(i).item());
    }
  }
}
