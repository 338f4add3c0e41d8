package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// LSTM and GRU against values and gradients computed in float64 elsewhere.
class RecurrentTest {
  private static final JsonNode CASES = read().get("cases");

  private static JsonNode read() {
    try (InputStream in = RecurrentTest.class.getResourceAsStream("/nn/recurrent.json")) {
      return JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Tensor tensor(JsonNode node) {
    double[] data = new double[node.get("data").size()];
    for (int i = 0; i < data.length; i++) {
      data[i] = node.get("data").get(i).asDouble();
    }
    long[] shape = new long[node.get("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = node.get("shape").get(i).asLong();
    }
    return Tensor.from(data, shape).to(DType.FLOAT32);
  }

  private static Map<String, Tensor> tensors(JsonNode node) {
    var found = new LinkedHashMap<String, Tensor>();
    node.properties().forEach(entry -> found.put(entry.getKey(), tensor(entry.getValue())));
    return found;
  }

  private static RnnSettings settings(JsonNode args) {
    var settings = RnnSettings.DEFAULT.withLayers(args.path("num_layers").asInt(1));
    return args.path("bidirectional").asBoolean(false) ? settings.withBidirectional() : settings;
  }

  private static void near(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.detach().allClose(expected, 1e-4, 1e-5)).isTrue();
  }

  @Test
  void lstm_computes_what_pytorch_computes() {
    for (int i : new int[] {0, 1}) {
      JsonNode fixture = CASES.get(i);
      JsonNode args = fixture.get("args");
      var lstm =
          new Lstm(
              args.get("input_size").asLong(), args.get("hidden_size").asLong(), settings(args));
      lstm.load(tensors(fixture.get("params")));
      Tensor x = tensor(fixture.get("x")).requiresGrad_(true);
      Tensor h = tensor(fixture.get("h0")).requiresGrad_(true);
      Tensor c = tensor(fixture.get("c0")).requiresGrad_(true);
      Lstm.Output out = lstm.apply(new Lstm.Input(x, new Lstm.State(h, c)));
      near(out.x(), tensor(fixture.get("output")));
      near(out.state().h(), tensor(fixture.get("h_n")));
      near(out.state().c(), tensor(fixture.get("c_n")));
      out.x()
          .mul(tensor(fixture.get("go")))
          .sum()
          .add(out.state().h().mul(tensor(fixture.get("gh"))).sum())
          .add(out.state().c().square().sum())
          .backward();
      near(x.grad(), tensor(fixture.get("grad_x")));
      near(h.grad(), tensor(fixture.get("grad_h0")));
      near(c.grad(), tensor(fixture.get("grad_c0")));
      tensors(fixture.get("grad_params"))
          .forEach((name, expected) -> near(lstm.tensor(name).grad(), expected));
    }
  }

  @Test
  void gru_computes_what_pytorch_computes() {
    JsonNode fixture = CASES.get(2);
    var gru = new Gru(4, 3, settings(fixture.get("args")));
    gru.load(tensors(fixture.get("params")));
    Tensor x = tensor(fixture.get("x")).requiresGrad_(true);
    Gru.Output out = gru.apply(new Gru.Input(x, tensor(fixture.get("h0"))));
    near(out.x(), tensor(fixture.get("output")));
    near(out.state(), tensor(fixture.get("h_n")));
    out.x()
        .mul(tensor(fixture.get("go")))
        .sum()
        .add(out.state().mul(tensor(fixture.get("gh"))).sum())
        .backward();
    near(x.grad(), tensor(fixture.get("grad_x")));
    tensors(fixture.get("grad_params"))
        .forEach((name, expected) -> near(gru.tensor(name).grad(), expected));
  }

  @Test
  void every_option_keeps_its_shapes_and_names() {
    var all =
        RnnSettings.DEFAULT
            .withLayers(2)
            .withBatchFirst()
            .withDropout(0.5)
            .withBidirectional()
            .withProjection(2);
    var lstm = new Lstm(4, 6, all);
    Lstm.Output out = lstm.apply(new Lstm.Input(Tensor.randn(3, 5, 4), null));
    assertThat(out.x().shape()).isEqualTo(new Shape(3, 5, 4));
    assertThat(out.state().h().shape()).isEqualTo(new Shape(4, 3, 2));
    assertThat(out.state().c().shape()).isEqualTo(new Shape(4, 3, 6));
    assertThat(lstm.stateDict().keySet())
        .startsWith("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0")
        .contains("weight_hr_l1_reverse")
        .hasSize(20);
    assertThat(lstm)
        .hasToString(
            "LSTM(4, 6, proj_size=2, num_layers=2, batch_first=True, dropout=0.5,"
                + " bidirectional=True)");
    assertThat(new Lstm(512, 256, RnnSettings.DEFAULT.withLayers(5).withDropout(0.5)))
        .hasToString("LSTM(512, 256, num_layers=5, dropout=0.5)");
    assertThat(new Gru(4, 6, RnnSettings.DEFAULT.withoutBias()))
        .hasToString("GRU(4, 6, bias=False)");
  }

  @Test
  void a_plain_network_is_its_cell_step_by_step() {
    Tensor x = Tensor.randn(5, 2, 4);
    for (boolean relu : new boolean[] {false, true}) {
      var rnn = new Rnn(4, 3, RnnSettings.DEFAULT, relu);
      var cell = new RnnCell(4, 3, true, relu);
      var weights = new LinkedHashMap<String, Tensor>();
      rnn.stateDict().forEach((name, value) -> weights.put(name.replace("_l0", ""), value));
      cell.load(weights);
      Rnn.Output out = rnn.apply(new Rnn.Input(x, null));
      Tensor state = Tensor.zeros(2, 3);
      for (long step = 0; step < 5; step++) {
        state = cell.apply(new RnnCell.Input(x.select(0, step), state));
        near(out.x().select(0, step), state.detach());
      }
      near(out.state().squeeze(0), state.detach());
      assertThat(rnn).hasToString("RNN(4, 3)");
    }
  }

  @Test
  void a_sequence_may_be_read_in_pieces() {
    var lstm = new Lstm(4, 3);
    Tensor x = Tensor.randn(6, 2, 4);
    Lstm.Output whole = lstm.apply(new Lstm.Input(x, null));
    Lstm.Output first = lstm.apply(new Lstm.Input(x.narrow(0, 0, 2), null));
    Lstm.Output rest = lstm.apply(new Lstm.Input(x.narrow(0, 2, 4), first.state()));
    near(rest.x(), whole.x().narrow(0, 2, 4).detach());
    Lstm.Output shapes = lstm.apply(new Lstm.Input(ShapeOnly.of(x), null));
    assertThat(shapes.x().shape()).isEqualTo(whole.x().shape());
  }

  @Test
  void the_batch_may_be_left_out() {
    Tensor x = Tensor.randn(6, 4);
    var lstm = new Lstm(4, 3, RnnSettings.DEFAULT.withBatchFirst());
    Lstm.Output one = lstm.apply(new Lstm.Input(x, null));
    near(one.x(), lstm.apply(new Lstm.Input(x.unsqueeze(0), null)).x().squeeze(0).detach());
    assertThat(lstm.apply(new Lstm.Input(x, one.state())).state().c().shape())
        .isEqualTo(new Shape(1, 3));
    var gru = new Gru(4, 3);
    Gru.Output out = gru.apply(new Gru.Input(x, null));
    near(out.state(), gru.apply(new Gru.Input(x.unsqueeze(1), null)).state().squeeze(1).detach());
  }

  @Test
  void wrong_inputs_and_states_are_refused_before_native_code_sees_them() {
    var lstm = new Lstm(4, 3);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> lstm.apply(new Lstm.Input(Tensor.ones(2, 2, 5), null)))
        .withMessage("LSTM needs an input of (length, batch, 4), got [2, 2, 5]");
    var state = new Lstm.State(Tensor.ones(1, 2, 3), Tensor.ones(1, 1, 3));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> lstm.apply(new Lstm.Input(Tensor.ones(5, 2, 4), state)))
        .withMessageContaining("state c must be");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Gru(4, 3, RnnSettings.DEFAULT.withProjection(1)));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Lstm(4, 3, RnnSettings.DEFAULT.withProjection(3)));
  }
}
