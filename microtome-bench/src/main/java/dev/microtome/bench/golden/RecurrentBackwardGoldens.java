package dev.microtome.bench.golden;

import dev.microtome.nn.Gru;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Replays float LSTM and GRU layers with their gradients, recorded in float64: `loss = Σ out · go
/// + Σ h · gh + Σ c²`, the last one for LSTMs.
final class RecurrentBackwardGoldens {
  private RecurrentBackwardGoldens() {}

  static void check(JsonNode golden, Comparison found) {
    Grad.on(() -> {
      int number = 0;
      for (JsonNode one : golden.path("cases")) {
        String what = one.path("kind").asString() + " " + number++ + " ";
        found.attempt(what, () -> one(what, one, found));
      }
    });
  }

  private static void one(String what, JsonNode one, Comparison found) {
    JsonNode args = one.path("args");
    long in = args.path("input_size").asLong();
    long hidden = args.path("hidden_size").asLong();
    Tensor x = leaf(one, "x");
    Tensor h0 = leaf(one, "h0");
    Tensor go = JsonTensors.tensor(one.path("go")).to(DType.FLOAT64);
    Tensor gh = JsonTensors.tensor(one.path("gh")).to(DType.FLOAT64);
    Layer<?, ?> layer;
    Tensor loss;
    if (one.path("kind").asString().equals("LSTM")) {
      var lstm = new Lstm(in, hidden, DynamicGoldens.settings(args));
      layer = loaded(lstm, one);
      Tensor c0 = leaf(one, "c0");
      Lstm.Output out = lstm.apply(new Lstm.Input(x, new Lstm.State(h0, c0)));
      Tensor c = out.state().c();
      loss = out.x().mul(go).sum().add(out.state().h().mul(gh).sum()).add(c.square().sum());
      close(what + "c_n", one.path("c_n"), c, found);
      close(what + "output", one.path("output"), out.x(), found);
      close(what + "h_n", one.path("h_n"), out.state().h(), found);
      loss.backward();
      close(what + "grad c0", one.path("grad_c0"), c0.grad(), found);
    } else {
      var gru = new Gru(in, hidden, DynamicGoldens.settings(args));
      layer = loaded(gru, one);
      Gru.Output out = gru.apply(new Gru.Input(x, h0));
      loss = out.x().mul(go).sum().add(out.state().mul(gh).sum());
      close(what + "output", one.path("output"), out.x(), found);
      close(what + "h_n", one.path("h_n"), out.state(), found);
      loss.backward();
    }
    found.close(what + "loss", one.path("loss").asDouble(), loss.item());
    close(what + "grad x", one.path("grad_x"), x.grad(), found);
    close(what + "grad h0", one.path("grad_h0"), h0.grad(), found);
    for (var entry : one.path("grad_params").properties()) {
      Tensor got = layer.tensor(entry.getKey()).grad();
      close(what + "grad " + entry.getKey(), entry.getValue(), got, found);
    }
  }

  private static Layer<?, ?> loaded(Layer<?, ?> layer, JsonNode one) {
    layer.to(DType.FLOAT64);
    layer.load(DynamicGoldens.params(one));
    return layer;
  }

  private static Tensor leaf(JsonNode one, String name) {
    return JsonTensors.tensor(one.path(name)).to(DType.FLOAT64).requiresGrad_(true);
  }

  private static void close(String what, JsonNode wanted, @Nullable Tensor got, Comparison found) {
    if (got == null) found.equal(what, "there", "missing");
    else found.close(what, JsonTensors.tensor(wanted), got);
  }
}
