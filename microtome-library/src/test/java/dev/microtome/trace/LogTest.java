package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LogTest {
  private final Model<Tensor, Tensor> model = Model.of(TwoLayers.seeded());
  private final Tensor input = Tensor.ones(1, 5);
  private final List<String> lines = new ArrayList<>();

  /// Remembers lines.
  private final class Heard implements Watch {
    @Override
    public void between() {}

    @Override
    public void log(String line) {
      lines.add(line);
    }
  }

  /// What `body` logs, through the written form of its graph.
  private List<String> logged(Consumer<Trace> body) {
    try (var t = model.trace(input)) {
      body.accept(t);
      Graph read = GraphJson.read(GraphJson.write(t.graph()));
      model.run(List.of(Run.of(read, input)), new Heard());
      t.run();
    }
    return lines;
  }

  @Test
  void numbers_stand_as_such_and_tensors_as_they_are_printed() {
    assertThat(
            logged(
                t -> t.log("here", Tensor.of(2), Tensor.of(0.5), Tensor.of(true), Tensor.of(1, 2))))
        .containsExactly("here 2 0.5 1 " + Tensor.of(1, 2));
  }

  @Test
  void a_line_comes_when_its_values_are_there_and_shows_what_they_are_then() {
    List<String> told =
        logged(t -> {
          Tensor second = t.at("layer2").output();
          Tensor first = t.at("layer1").output();
          t.log("second", second.numel() == 0 ? second : second.mul(0).sum());
          t.log("first", first.mul(0).sum());
          t.log("at once");
        });
    assertThat(told).containsExactly("at once", "first 0.0", "second 0.0");
  }

  @Test
  void a_branch_that_is_not_taken_logs_nothing_and_a_loop_in_each_round() {
    List<String> told =
        logged(t -> {
          Tensor sum = t.at("layer1").output().mul(0).sum();
          t.when(sum.gt(0), () -> t.log("never"));
          t.repeat(
              3L,
              sum,
              (round, state) -> {
                t.log("round", round, state);
                return state.add(1);
              });
        });
    assertThat(told).containsExactly("round 0 0.0", "round 1 1.0", "round 2 2.0");
  }

  @Test
  void long_lines_are_cut_and_long_texts_refused() {
    assertThat(logged(t -> t.log("x".repeat(990), Tensor.ones(100))).getFirst())
        .hasSize(1_002)
        .endsWith(" …");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> logged(t -> t.log("x".repeat(1_001))))
        .withMessageContaining("1000");
  }

  @Test
  void what_is_logged_begins_with_a_text() {
    var broken =
        new GraphJson.Written(
            "{\"version\": 1, \"nodes\": [{\"op\": \"log\", \"args\": [3]}]}", java.util.Map.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GraphJson.read(broken))
        .withMessageContaining("node 0");
  }
}
