package dev.microtome.trace;

import static dev.microtome.trace.TwoLayers.same;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ParameterTest {
  private Sequential net;
  private Model<Tensor, Tensor> model;
  private Tensor input;

  @BeforeEach
  void two_layers() {
    net = TwoLayers.seeded();
    model = Model.of(net);
    input = Tensor.rand(3, 5);
  }

  @Test
  void a_layers_output_is_computed_from_its_parameters_again() {
    List<Tensor> both =
        model.trace(
            input,
            t -> {
              Tensor weight = t.at("layer2").parameter("weight");
              assertThat(weight.shape()).hasToString("[2, 10]");
              Tensor again =
                  t.at("layer2").input().matmul(weight.t()).add(t.parameter("layer2.bias"));
              return List.of(again, t.at("layer2").output());
            });
    same(both.get(0), both.get(1));
  }

  @Test
  void the_gradient_of_a_parameter_is_what_a_plain_backward_gives_it() {
    Tensor gradient =
        model.trace(
            input,
            t -> {
              Tensor seen = t.parameter("layer1.weight").grad();
              t.at(net).output().square().sum().backward();
              return seen;
            });
    net.zeroGrad();
    net.apply(input).square().sum().backward();
    same(gradient, net.tensor("layer1.weight").grad());
  }

  @Test
  void a_frozen_parameter_has_no_gradient_and_says_so() {
    net.freeze();
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  t.at("layer1").output().requiresGrad_(true);
                  Tensor seen = t.parameter("layer1.weight").grad();
                  t.at(net).output().sum().backward();
                  return seen;
                }))
        .hasMessageContaining("layer1.weight has no gradient")
        .hasMessageContaining("unfreeze");
  }

  @Test
  void a_parameter_is_never_changed_by_a_trace() {
    double[] before = net.tensor("layer1.weight").toDoubles();
    assertThatThrownBy(
            () -> model.trace(input, t -> t.parameter("layer1.weight").view(-1).at(0).set(0)))
        .hasMessageContaining("would change layer1.weight for good")
        .hasMessageContaining("copy()");
    assertThatThrownBy(
            () -> model.trace(input, t -> t.parameter("layer1.weight").requiresGrad_(false)))
        .hasMessageContaining("unfreeze");
    Tensor doubled = model.trace(input, t -> t.parameter("layer1.weight").copy().mul_(2));
    assertThat(net.tensor("layer1.weight").toDoubles()).containsExactly(before);
    same(doubled, net.tensor("layer1.weight").mul(2));

    String writes =
        """
        {"version": 1, "nodes": [{"op": "parameter", "args": ["layer1.weight"]},
          {"op": "aten::mul_", "args": [{"node": 0}, 2]}]}\
        """;
    assertThatThrownBy(() -> GraphJson.read(new GraphJson.Written(writes, java.util.Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("node 1")
        .hasMessageContaining("for good");
  }

  @Test
  void a_wrong_path_names_near_ones() {
    assertThatThrownBy(() -> model.trace(input, t -> t.parameter("layer1.wieght")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layer1.weight");
  }

  @Test
  void parameters_travel_by_path() {
    var recorded =
        model.record(
            input,
            t -> {
              t.at("layer2").output(t.at("layer2").output().sub(t.parameter("layer2.bias")));
              return t.at(net).output();
            });
    GraphJson.Written written = GraphJson.write(recorded.graph());
    assertThat(written.json()).contains("\"layer2.bias\"");
    assertThat(written.tensors()).isEmpty();
    Graph read = GraphJson.read(written);
    assertThat(GraphJson.write(read).json()).isEqualTo(written.json());
    same((Tensor) model.run(read, input).values().iterator().next(), recorded.run(input));
  }
}
