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

class SessionTest {
  private Sequential net;
  private Model<Tensor, Tensor> model;
  private Tensor clean;
  private Tensor corrupt;
  private final List<Graph> graphs = new ArrayList<>();

  @BeforeEach
  void two_layers() {
    net = TwoLayers.seeded();
    model = Model.of(net);
    clean = Tensor.rand(1, 5);
    corrupt = Tensor.rand(1, 5);
  }

  /// The corrupt run with half of layer 1 taken from the clean one.
  private Tensor patched(Model<Tensor, Tensor> m) {
    Tensor hidden =
        m.trace(
            clean,
            t -> {
              graphs.add(t.graph());
              return t.at("layer1").output();
            });
    assertThat(hidden.shape()).hasToString("[1, 10]");
    Tensor half = hidden.get(":", ":5").mul(2); // between the traces
    return m.trace(
        corrupt,
        t -> {
          graphs.add(t.graph());
          t.at("layer1").output().at(":", ":5").set(half);
          return t.at(net).output();
        });
  }

  private Tensor expected() {
    Linear first = (Linear) net.layer("layer1");
    Tensor hidden = first.apply(corrupt).copy();
    hidden.at(":", ":5").set(first.apply(clean).get(":", ":5").mul(2));
    return ((Linear) net.layer("layer2")).apply(hidden);
  }

  @Test
  void values_flow_from_one_trace_to_the_next() {
    int[] calls = {0};
    try (var _ =
        net.onOutput((_, value) -> {
          calls[0]++;
          return value;
        })) {
      model.trace(clean, t -> t.at(net).output()); // scanned from here on
      calls[0] = 0;
      same(model.session(this::patched), expected());
      assertThat(calls[0]).isEqualTo(2);
    }
  }

  @Test
  void nothing_runs_before_all_is_recorded() {
    Tensor[] early = new Tensor[1];
    assertThatThrownBy(() ->
            model.session(m -> {
              early[0] = m.trace(clean, t -> t.at("layer1").output());
              return early[0].toFloats();
            }))
        .isInstanceOf(MissingValueException.class)
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.NOT_RUN);
    assertThatThrownBy(early[0]::toFloats)
        .isInstanceOf(MissingValueException.class)
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.CLOSED);
  }

  @Test
  void what_leaves_the_session_is_there_and_what_only_passed_through_is_not() {
    Tensor[] hidden = new Tensor[2];
    Tensor out =
        model.session(m -> {
          hidden[0] = m.trace(clean, t -> t.at("layer1").output());
          hidden[1] = m.trace(clean, t -> t.at("layer1").output().save());
          return m.trace(corrupt, t -> t.at("layer1").output().add(hidden[1]));
        });
    Linear first = (Linear) net.layer("layer1");
    same(out, first.apply(corrupt).add(first.apply(clean)));
    same(hidden[1], first.apply(clean));
    assertThatThrownBy(hidden[0]::toFloats).hasMessageContaining("save()");
  }

  @Test
  void batches_and_edited_models_take_part() {
    Model<Tensor, Tensor> edited =
        model.edit(
            clean,
            t -> {
              t.at("layer1").output().at(":", 0).set(9);
              return null;
            });
    List<Tensor> out =
        edited.session(m -> {
          List<Tensor> both =
              m.traceBatch(batch ->
                  List.of(
                      batch.invoke(clean, t -> t.at("layer1").output()),
                      batch.invoke(corrupt, t -> t.at("layer1").output())));
          return List.of(
              m.trace(
                  clean,
                  t -> {
                    t.at("layer1").output(both.get(1));
                    return t.at("layer1").output();
                  }),
              both.get(0).add(both.get(1)));
        });
    assertThat(out.get(0).get(0, 0).item()).isEqualTo(9);
    Linear first = (Linear) net.layer("layer1");
    same(out.get(0).get(":", "1:"), first.apply(corrupt).get(":", "1:"));
    assertThat(out.get(1).get(0, 0).item()).isEqualTo(18);
  }

  @Test
  void the_trace_that_fails_is_named() {
    assertThatThrownBy(() ->
            model.session(m -> {
              Tensor sum = m.trace(clean, t -> t.at("layer1").output().sum());
              return m.trace(
                  corrupt,
                  Scan.OFF,
                  t -> t.at("layer1").output().add(sum).matmul(Tensor.ones(3, 3)));
            }))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("trace 2 of the session's 2, begun at SessionTest.java:")
        .hasRootCauseInstanceOf(Exception.class)
        .extracting("trace")
        .isEqualTo(1);
  }

  @Test
  void what_cannot_flow_is_refused() {
    Tensor[] later = new Tensor[1];
    assertThatThrownBy(() ->
            model.session(m ->
                m.trace(
                    clean,
                    t -> {
                      later[0] = m.trace(corrupt, inner -> inner.at("layer1").output());
                      t.at("layer1").output(later[0]);
                      return t.at(net).output();
                    })))
        .hasMessageContaining("has not run yet");
    assertThatThrownBy(() -> model.session(m -> m.session(this::patched)))
        .hasMessageContaining("inside a session");
    assertThatThrownBy(
            () -> model.session(m -> m.record(clean, t -> t.at(net).output()).run(clean)))
        .hasMessageContaining("inside a session");
    assertThatThrownBy(() ->
            model.session(m -> {
              Tensor hidden = m.trace(clean, t -> t.at("layer1").output());
              return model.trace(corrupt, t -> t.at("layer1").output().add(hidden));
            }))
        .hasMessageContaining("has not run yet");
    assertThatThrownBy(() ->
            model.session(m -> {
              Tensor hidden = m.trace(clean, t -> t.at("layer1").output());
              return m.trace(
                  corrupt,
                  t -> {
                    t.at("layer2").output(hidden);
                    return t.at(net).output();
                  });
            }))
        .hasMessageContaining("layer2.output is float32[1, 2] and can't be replaced by");
  }

  @Test
  void its_graphs_run_elsewhere() {
    Tensor here = model.session(this::patched);
    GraphJson.Written written = GraphJson.writeSession(graphs);
    List<Graph> read = GraphJson.readSession(written);
    assertThat(GraphJson.writeSession(read).json()).isEqualTo(written.json());

    List<Map<Integer, Object>> saved = model.run(read, List.of(clean, corrupt));
    assertThat(saved.get(0)).isEmpty();
    same((Tensor) saved.get(1).values().iterator().next(), here);
    assertThatThrownBy(() -> model.run(read.get(1), corrupt))
        .hasMessageContaining("refers to node");
    String backwards =
        written.json().replace("\"earlier\",\"args\":[0,", "\"earlier\",\"args\":[1,");
    assertThat(backwards).isNotEqualTo(written.json());
    assertThatThrownBy(
            () -> GraphJson.readSession(new GraphJson.Written(backwards, written.tensors())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not come before it");
  }
}
