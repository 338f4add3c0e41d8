package dev.microtome.trace;

import static dev.microtome.trace.TwoLayers.same;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlFlowTest {
  record Pair(Tensor first, Tensor second) {}

  private Sequential net;
  private Model<Tensor, Tensor> model;
  private Tensor input;

  @BeforeEach
  void two_layers() {
    net = TwoLayers.seeded();
    model = Model.of(net);
    input = Tensor.ones(1, 5);
  }

  /// Silences layer 1 when the input is positive, adds 1 to what it gives otherwise.
  private static Tensor silencedWhenPositive(Trace t) {
    Tensor positive = t.at("layer1").input().sum().gt(0);
    Tensor told =
        t.when(
            positive,
            () -> {
              t.at("layer1").output().at(":").set(0);
              return Tensor.scalar(1.0);
            },
            () -> {
              t.at("layer1").output(t.at("layer1").output().add(1));
              return Tensor.scalar(2.0);
            });
    return t.at("layer2").output().add(told);
  }

  private Tensor expected(Tensor x) {
    Linear first = (Linear) net.layer("layer1");
    Linear second = (Linear) net.layer("layer2");
    return x.sum().item() > 0
        ? second.apply(Tensor.zeros(1, 10)).add(1)
        : second.apply(first.apply(x).add(1)).add(2);
  }

  @Test
  void only_the_branch_that_is_taken_changes_the_layer() {
    for (Scan scan : Scan.values()) {
      same(model.trace(input, scan, ControlFlowTest::silencedWhenPositive), expected(input));
      Tensor negative = input.neg();
      same(model.trace(negative, scan, ControlFlowTest::silencedWhenPositive), expected(negative));
    }
  }

  @Test
  void a_recorded_branch_decides_in_each_run_and_after_a_journey_as_json() {
    var recorded = model.record(input, ControlFlowTest::silencedWhenPositive);
    GraphJson.Written written = GraphJson.write(recorded.graph());
    Graph read = GraphJson.read(written);
    assertThat(GraphJson.write(read).json()).isEqualTo(written.json());
    for (Tensor x : List.of(input, input.neg(), input)) {
      same(recorded.run(x), expected(x));
      same((Tensor) model.run(read, x).values().iterator().next(), expected(x));
    }
  }

  @Test
  void nested_conditions_run_as_in_a_program() {
    for (double outer : new double[] {1, -1}) {
      for (double inner : new double[] {1, -1}) {
        Tensor out =
            model.trace(
                input,
                t -> {
                  Tensor x = t.at("layer1").input().sum().mul(0);
                  return t.when(
                      x.add(outer).gt(0),
                      () -> t.when(x.add(inner).gt(0), () -> x.add(11), () -> x.add(10)),
                      () -> t.when(x.add(inner).gt(0), () -> x.add(1), () -> x));
                });
        assertThat(out.item()).isEqualTo((outer > 0 ? 10 : 0) + (inner > 0 ? 1 : 0));
      }
    }
  }

  @Test
  void a_later_condition_sees_what_an_earlier_branch_did() {
    Tensor out =
        model.trace(
            input,
            t -> {
              Tensor hidden = t.at("layer1").output();
              t.when(hidden.sum().ne(123), () -> hidden.at(":").set(1));
              t.when(hidden.sum().ne(10), () -> hidden.at(":").set(2));
              t.when(hidden.sum().eq(10), () -> hidden.at(":").set(3));
              return t.at("layer2").input();
            });
    same(out, Tensor.full(out.shape(), 3.0));
  }

  @Test
  void a_branch_that_is_not_taken_computes_nothing_and_its_values_say_so() {
    Tensor[] inside = new Tensor[1];
    model.trace(
        input,
        t -> {
          Tensor hidden = t.at("layer1").output();
          t.when(hidden.sum().ne(hidden.sum()), () -> inside[0] = hidden.add(1).save());
          return hidden;
        });
    assertThatThrownBy(() -> inside[0].toFloats())
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("not taken")
        .hasMessageContaining("ControlFlowTest.java:");
  }

  @Test
  void gradients_flow_through_the_branch_that_was_taken() {
    Tensor gradient =
        model.trace(
            input,
            t -> {
              Tensor hidden = t.at("layer1").output();
              Tensor seen = hidden.grad();
              Tensor broken = hidden.ne(hidden).any();
              t.when(broken, () -> hidden.sum(), () -> hidden.mul(3).sum()).backward();
              return seen;
            });
    same(gradient, Tensor.full(gradient.shape(), 3.0));
  }

  @Test
  void a_backward_pass_in_a_branch_that_is_not_taken_does_not_happen() {
    Tensor[] second = new Tensor[1];
    model.trace(
        input,
        t -> {
          Tensor hidden = t.at("layer1").output();
          t.when(hidden.ne(hidden).any(), () -> hidden.sum().backward());
          second[0] = hidden.grad().save();
          hidden.mul(2).sum().backward();
          return null;
        });
    same(second[0], Tensor.full(second[0].shape(), 2.0));
  }

  @Test
  void what_cannot_work_is_refused_on_its_line() {
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  Tensor late = t.at("layer2").output().sum().gt(0);
                  t.when(late, () -> t.at("layer1").output(Tensor.zeros(1, 10)));
                  return null;
                }))
        .isInstanceOf(OutOfOrderException.class)
        .hasMessageContaining("layer1.output")
        .hasMessageContaining("ControlFlowTest.java:");
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  Tensor out = t.at("layer1").output();
                  return t.when(out.sum().gt(0), () -> out, () -> out.sum());
                }))
        .hasMessageContaining(
            "both branches must return alike: float32[1, 10] and float32[] differ")
        .hasMessageContaining("ControlFlowTest.java:");
    assertThatThrownBy(() ->
            model.trace(
                input, t -> t.when(t.at("layer1").output().gt(0), () -> input, () -> input)))
        .hasMessageContaining("a condition must be one number, got [1, 10]");
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  Tensor[] leaked = new Tensor[1];
                  Tensor out = t.at("layer1").output();
                  t.when(out.sum().gt(0), () -> leaked[0] = out.mul(2));
                  return leaked[0].add(1);
                }))
        .hasMessageContaining("only known inside its branch")
        .hasMessageContaining("ControlFlowTest.java:");
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  t.when(t.at("layer1").output().sum().gt(0), t::stop);
                  return null;
                }))
        .hasMessageContaining("stop() is for the whole run");
  }

  @Test
  void a_loop_goes_on_from_round_to_round() {
    Pair out =
        model.trace(
            input,
            t -> {
              Tensor hidden = t.at("layer1").output();
              return t.repeat(
                  4,
                  new Pair(hidden, hidden.sum()),
                  (round, state) -> {
                    assertThat(state.first().shape()).hasToString("[1, 10]");
                    return new Pair(state.first().mul(2), state.second().add(round));
                  });
            });
    Tensor hidden = ((Linear) net.layer("layer1")).apply(input);
    same(out.first(), hidden.mul(16));
    same(out.second(), hidden.sum().add(6));
  }

  @Test
  void how_often_may_be_known_in_the_run_only() {
    var recorded =
        model.record(
            input,
            t -> {
              Tensor times = t.at("layer1").input().sum();
              Tensor start = t.at("layer1").input().sum().mul(0);
              return t.repeat(times, start, (_, count) -> count.add(2));
            });
    assertThat(recorded.run(input).item()).isEqualTo(10);
    assertThat(recorded.run(Tensor.zeros(1, 5)).item()).isZero();
    assertThatThrownBy(() -> recorded.run(input.neg()))
        .hasMessageContaining("whole number")
        .hasMessageContaining("ControlFlowTest.java:");

    GraphJson.Written written = GraphJson.write(recorded.graph());
    Graph read = GraphJson.read(written);
    assertThat(GraphJson.write(read).json()).isEqualTo(written.json());
    Object there = model.run(read, input).values().iterator().next();
    assertThat(((Tensor) there).item()).isEqualTo(10);
  }

  @Test
  void rows_are_visited_one_by_one_with_branches_and_loops_inside() {
    Tensor rows = Tensor.of(new float[][] {{1, 2}, {-3, 1}, {4, 4}});
    Tensor sum =
        model.trace(
            input,
            t -> {
              Tensor zero = t.at("layer1").input().sum().mul(0);
              return t.each(
                  rows.add(zero),
                  zero,
                  (row, total) ->
                      t.when(
                          row.sum().gt(0),
                          () -> t.repeat(2, total, (_, inner) -> inner.add(row.sum())),
                          () -> total));
            });
    assertThat(sum.item()).isEqualTo(2 * (3 + 8));
  }

  @Test
  void a_loop_may_write_to_what_passes_now() {
    List<Report> reports = new ArrayList<>();
    Tensor seen =
        model.trace(
            input,
            t -> {
              t.report(reports::add);
              Tensor hidden = t.at("layer1").output();
              t.repeat(
                  3,
                  hidden.sum(),
                  (round, state) -> {
                    hidden.at(0, round).set(7);
                    return state;
                  });
              return t.at("layer2").input();
            });
    assertThat(seen.get(0, ":3").toFloats()).containsExactly(7, 7, 7);
    assertThat(seen.get(0, 3).item()).isNotEqualTo(7);
    assertThat(reports.getFirst().edits()).hasSize(1);
    assertThat(reports.getFirst().idle()).isEmpty();
  }

  @Test
  void a_loop_that_cannot_work_is_refused_on_its_line() {
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  Tensor out = t.at("layer1").output();
                  return t.repeat(2, out, (_, state) -> state.sum());
                }))
        .hasMessageContaining("a round must return what it got")
        .hasMessageContaining("ControlFlowTest.java:");
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  Tensor out = t.at("layer1").output();
                  return t.repeat(
                      2,
                      out,
                      (_, state) -> {
                        t.at("layer2").output(Tensor.zeros(1, 2));
                        return state;
                      });
                }))
        .hasMessageContaining("a loop computes");
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  Tensor out = t.at("layer1").output();
                  return t.repeat(2, out, (_, state) -> state.add(1).save());
                }))
        .hasMessageContaining("return it from the loop");
  }

  @Test
  void a_graph_that_leaks_out_of_a_branch_is_refused() {
    String leaks =
        """
        {"version": 1, "nodes": [{"op": "argument", "args": ["layer1.output", 0]},
          {"op": "aten::sum", "args": [{"node": 0}]},
          {"op": "branch", "args": [{"node": 1}, true]},
          {"op": "aten::neg", "args": [{"node": 0}], "in": 2},
          {"op": "aten::neg", "args": [{"node": 3}], "save": true}]}\
        """;
    assertThatThrownBy(() -> GraphJson.read(new GraphJson.Written(leaks, Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("node 4")
        .hasMessageContaining("only known inside");
    assertThatThrownBy(() ->
            GraphJson.read(
                new GraphJson.Written(leaks.replace("\"in\": 2", "\"in\": 1"), Map.of())))
        .hasMessageContaining("neither a branch nor a loop");
  }
}
