package dev.microtome.bench.golden;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicGruCell;
import dev.microtome.dynamic.DynamicLstmCell;
import dev.microtome.dynamic.DynamicRnnCell;
import dev.microtome.nn.GruCell;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.nn.RnnCell;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Replays one recorded recurrent cell: float and quantized outputs, weights and printout.
final class CellGoldens {
  /// What a cell gives in float32 and quantized, and what it is.
  private record Outcome(
      List<Tensor> floats, List<Tensor> quantized, Map<String, Tensor> weights, String print) {}

  private CellGoldens() {}

  static void check(String what, JsonNode one, QuantizedEngine engine, Comparison found) {
    Tensor x = JsonTensors.tensor(one.path("x"));
    Tensor h = JsonTensors.tensor(one.path("h"));
    Outcome got =
        switch (one.path("kind").asString()) {
          case "LSTMCell" -> lstm(one, x, h, engine);
          case "GRUCell" -> gru(one, x, h, engine);
          case "RNNCell" -> rnn(one, x, h, engine);
          default -> throw new IllegalStateException("unknown kind " + one.path("kind"));
        };
    for (int i = 0; i < got.floats().size(); i++) {
      Tensor floats = JsonTensors.tensor(one.path("float").get(i));
      Tensor quantized = JsonTensors.tensor(one.path("onednn_default").get(i));
      found.close(what + " float " + i, floats, got.floats().get(i));
      found.close(what + " quantized " + i, quantized, got.quantized().get(i));
    }
    found.equal(what + " print", one.path("print").asString(), got.print());
    got.weights()
        .forEach((name, weight) ->
            QuantizedGolden.same(what + " " + name, one.path("weights").path(name), weight, found));
  }

  private static Outcome lstm(JsonNode one, Tensor x, Tensor h, QuantizedEngine engine) {
    var cell = new LstmCell(x.size(1), h.size(1));
    cell.load(DynamicGoldens.params(one));
    var input = new LstmCell.Input(x, new Lstm.State(h, JsonTensors.tensor(one.path("c"))));
    var small = DynamicLstmCell.of(cell, DynamicConfig.QINT8, engine);
    Lstm.State floats = cell.apply(input);
    Lstm.State quantized = small.apply(input);
    return new Outcome(
        List.of(floats.h(), floats.c()),
        List.of(quantized.h(), quantized.c()),
        small.quantizedWeights(),
        small.toString());
  }

  private static Outcome gru(JsonNode one, Tensor x, Tensor h, QuantizedEngine engine) {
    var cell = new GruCell(x.size(1), h.size(1));
    cell.load(DynamicGoldens.params(one));
    var input = new GruCell.Input(x, h);
    var small = DynamicGruCell.of(cell, DynamicConfig.QINT8, engine);
    return new Outcome(
        List.of(cell.apply(input)),
        List.of(small.apply(input)),
        small.quantizedWeights(),
        small.toString());
  }

  private static Outcome rnn(JsonNode one, Tensor x, Tensor h, QuantizedEngine engine) {
    boolean relu = one.path("nonlinearity").asString("tanh").equals("relu");
    var cell = new RnnCell(x.size(1), h.size(1), true, relu);
    cell.load(DynamicGoldens.params(one));
    var input = new RnnCell.Input(x, h);
    var small = DynamicRnnCell.of(cell, DynamicConfig.QINT8, engine);
    return new Outcome(
        List.of(cell.apply(input)),
        List.of(small.apply(input)),
        small.quantizedWeights(),
        small.toString());
  }
}
