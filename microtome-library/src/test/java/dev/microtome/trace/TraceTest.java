package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import dev.microtome.tensor.ValuesIndices;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TraceTest {
  record Pair(Tensor first, Tensor second) {}

  private Sequential net;
  private Model<Tensor, Tensor> model;
  private Tensor input;

  @BeforeEach
  void two_layers() {
    net = TwoLayers.seeded();
    net.freeze();
    model = Model.of(net);
    input = Tensor.rand(1, 5);
  }

  private Tensor hidden() {
    return net.layer("layer1") instanceof Linear linear ? linear.apply(input) : input;
  }

  private static void same(Tensor actual, Tensor expected) {
    assertThat(actual.toFloats())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(expected.toFloats());
    assertThat(actual.shape()).isEqualTo(expected.shape());
  }

  @Test
  void outputs_and_inputs_equal_those_of_a_plain_run() {
    same(model.trace(input, t -> t.at(net).output()), net.apply(input));
    same(model.trace(input, t -> t.at("layer1").output()), hidden());
    same(model.trace(input, t -> t.at("layer2").input()), hidden());
  }

  @Test
  void operations_run_inside_the_trace_and_after_it() {
    Tensor sum =
        model.trace(input, t -> t.at("layer1").output().sum().add(t.at("layer2").output().sum()));
    same(sum, hidden().sum().add(net.apply(input).sum()));
    same(
        model.trace(input, t -> t.at("layer1").output().argmax(1)),
        model.trace(input, t -> t.at("layer1").output()).argmax(1));
  }

  @Test
  void an_edit_in_place_shows_and_reaches_the_model() {
    Pair edit =
        model.trace(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              Tensor before = out.copy();
              out.at(":", 0).set(0);
              return new Pair(before, t.at(net).output());
            });

    Tensor expected = hidden();
    same(edit.first(), expected);
    expected.at(":", 0).set(0);
    assertThat(net.layer("layer2")).isInstanceOf(Linear.class);
    same(edit.second(), ((Linear) net.layer("layer2")).apply(expected));
  }

  @Test
  void a_wrong_index_is_refused_on_its_line_before_the_model_runs() {
    var calls = new AtomicInteger();
    net.layer("layer1")
        .onInput((_, value) -> {
          calls.incrementAndGet();
          return value;
        });
    int scans = calls.get();

    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  scansDone(calls);
                  return t.at("layer1").output().at(":", 10).set(0);
                }))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("index 10 is out of bounds for dimension 1 with size 10")
        .hasMessageContaining("TraceTest.java:");
    assertThat(scans).isZero();
    assertThat(calls.get()).isZero();
  }

  private static void scansDone(AtomicInteger calls) {
    calls.set(0);
  }

  @Test
  void shapes_are_known_while_tracing() {
    model.trace(
        input,
        t -> {
          assertThat(t.at("layer1").output().shape()).hasToString("[1, 10]");
          assertThat(t.at("layer1").output().max(1).indices().dtype()).hasToString("torch.int64");
          return null;
        });
  }

  @Test
  void a_replaced_output_is_what_later_reads_and_later_layers_see() {
    Tensor noise = Tensor.randn(1, 10);
    Pair both =
        model.trace(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              t.at("layer1").output(out.add(noise));
              return new Pair(t.at("layer1").output(), t.at("layer2").input());
            });

    same(both.first(), hidden().add(noise));
    same(both.second(), hidden().add(noise));
  }

  @Test
  void a_replacement_of_another_shape_is_refused() {
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  t.at("layer1").output(Tensor.zeros(1, 9));
                  return null;
                }))
        .hasMessageContaining(
            "layer1.output is float32[1, 10] and can't be replaced by float32[1, 9]");
  }

  @Test
  void several_results_come_apart() {
    ValuesIndices max = model.trace(input, t -> t.at("layer1").output().max(1));

    same(max.values(), hidden().max(1).values());
    same(max.indices(), hidden().max(1).indices());
    List<Tensor> halves = model.trace(input, t -> t.at("layer1").output().split(5, 1));
    same(halves.get(1), hidden().get(":", "5:"));
  }

  @Test
  void operations_in_one_hook_run_in_the_order_of_the_program() {
    Tensor sum =
        model.trace(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              Tensor view = out.view(-1);
              out.at(":").set(0);
              return view.sum();
            });
    assertThat(sum.item()).isZero();
  }

  @Test
  void replacing_a_layer_by_what_a_later_one_computes_is_refused() {
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  t.at("layer1").output(t.at("layer2").output().sum().expand(1, 10));
                  return null;
                }))
        .isInstanceOf(OutOfOrderException.class)
        .hasMessageContaining("layer1.output")
        .hasMessageContaining("layer2.output")
        .hasMessageContaining("TraceTest.java:");
    assertThatThrownBy(() ->
            model.trace(
                input,
                Scan.OFF,
                t -> {
                  t.at("layer1").output(t.at("layer2").output().sum().expand(1, 10));
                  return null;
                }))
        .isInstanceOf(OutOfOrderException.class)
        .hasMessageContaining("layer1.output")
        .hasMessageContaining("layer2.output")
        .hasMessageContaining("TraceTest.java:");
  }

  @Test
  void writing_to_an_activation_that_has_passed_is_refused() {
    for (Scan scan : Scan.values()) {
      assertThatThrownBy(() ->
              model.trace(
                  input,
                  scan,
                  t -> {
                    Tensor late = t.at("layer2").output().sum();
                    return t.at("layer1").output().at(0).set(late);
                  }))
          .isInstanceOf(OutOfOrderException.class)
          .hasMessageContaining("layer1.output")
          .hasMessageContaining("layer2.output")
          .hasMessageContaining("TraceTest.java:");
    }
  }

  @Test
  void gradients_are_read_zeroed_and_doubled() {
    Tensor w = net.namedParameters().get("layer2.weight");
    Pair seen =
        model.trace(
            input,
            t -> {
              Tensor l1 = t.at("layer1").output();
              Tensor l2 = t.at("layer2").output();
              l1.requiresGrad_(true);
              var grads = new Pair(l1.grad(), l2.grad());
              t.at(net).output().sum().backward();
              return grads;
            });
    same(seen.first(), w.sum(0, true));
    same(seen.second(), Tensor.ones(1, 2));

    Pair edited =
        model.trace(
            input,
            t -> {
              Tensor l1 = t.at("layer1").output();
              Tensor l2 = t.at("layer2").output();
              l1.requiresGrad_(true);
              l1.grad().at(":").set(0);
              l2.grad(l2.grad().copy().mul(2));
              var grads = new Pair(l1.grad(), l2.grad());
              t.at(net).output().sum().backward();
              return grads;
            });
    same(edited.first(), Tensor.zeros(1, 10));
    same(edited.second(), Tensor.full(edited.second().shape(), 2.0));
  }

  @Test
  void a_replaced_gradient_flows_on_to_earlier_layers() {
    net.unfreeze();
    Tensor w = net.namedParameters().get("layer2.weight").detach();
    Tensor first =
        model.trace(
            input,
            t -> {
              Tensor l1 = t.at("layer1").output();
              Tensor l2 = t.at("layer2").output();
              Tensor seen = l1.grad();
              l2.grad(l2.grad().mul(3));
              t.at(net).output().sum().backward();
              return seen;
            });
    same(first, w.sum(0, true).mul(3));
  }

  @Test
  void each_reason_for_a_missing_value_has_its_own_error() {
    Trace open = model.trace(input);
    Tensor unsaved = open.at("layer1").output();
    assertThatThrownBy(unsaved::toFloats)
        .hasMessageStartingWith("Accessing Proxy value before it's been set")
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.NOT_RUN);
    open.run();
    assertThatThrownBy(unsaved::toFloats)
        .hasMessageContaining("save()")
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.NOT_SAVED);

    assertThatThrownBy(() -> model.trace(input, Scan.OFF, t -> t.at("layer1").call(3).output()))
        .hasMessageContaining("once only")
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.TOO_FEW_CALLS);

    var idle = new Idle();
    assertThatThrownBy(() -> Model.of(idle).trace(input, Scan.OFF, t -> t.at("unused").output()))
        .hasMessageContaining("not called")
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.NEVER_REACHED);

    Trace abandoned = model.trace(input);
    Tensor lost = abandoned.at("layer1").output().save();
    assertThatThrownBy(abandoned::close).hasMessageContaining("never run");
    assertThatThrownBy(lost::toFloats)
        .extracting("reason")
        .isEqualTo(MissingValueException.Reason.CLOSED);
  }

  private static final class Idle extends dev.microtome.nn.Layer<Tensor, Tensor> {
    Idle() {
      slot("unused", new Linear(5, 5));
    }

    @Override
    protected Tensor forward(Tensor x) {
      return x.mul(2);
    }
  }

  @Test
  void a_saved_value_is_a_constant_of_a_later_trace_and_an_unsaved_one_an_error() {
    Tensor saved;
    Tensor unsaved;
    try (var t = model.trace(input)) {
      saved = t.at("layer1").output().save();
      unsaved = t.at("layer1").output().add(1);
      t.run();
    }
    same(model.trace(input, t -> t.at("layer1").output().add(saved)), hidden().mul(2));
    assertThatThrownBy(() -> model.trace(input, t -> t.at("layer1").output().add(unsaved)))
        .isInstanceOf(MissingValueException.class);
  }

  @Test
  void the_closeable_form_gives_values_after_its_run() {
    Tensor out;
    try (var t = model.trace(input)) {
      out = t.at(net).output().save();
      t.run();
    }
    same(out, net.apply(input));
    assertThat(out).hasToString(net.apply(input).toString());
    same(out.get(0), net.apply(input).get(0));
  }

  @Test
  void nothing_stays_on_the_network_after_an_exception() {
    assertThatThrownBy(() ->
            model.trace(
                input,
                Scan.OFF,
                t -> {
                  t.at("layer1").output(t.at("layer1").output().matmul(Tensor.ones(3, 3)));
                  return null;
                }))
        .isInstanceOf(TorchException.class)
        .hasMessageContaining("TraceTest.java:");
    same(model.apply(input), ((Linear) net.layer("layer2")).apply(hidden()));
  }

  @Test
  void a_trace_that_runs_by_itself_is_not_run_by_hand() {
    assertThatThrownBy(() ->
            model.trace(
                input,
                t -> {
                  t.run();
                  return null;
                }))
        .hasMessageContaining("runs by itself");
  }

  @Test
  void a_wrong_path_names_near_ones() {
    assertThatThrownBy(() -> model.trace(input, t -> t.at("layer_1").output()))
        .hasMessageContaining("layer1");
  }

  @Test
  void a_recorded_trace_runs_on_new_inputs() {
    var recorded = model.record(input, t -> t.at("layer1").output().relu());
    Tensor other = Tensor.rand(1, 5);

    same(recorded.run(input), hidden().relu());
    same(recorded.run(other), ((Linear) net.layer("layer1")).apply(other).relu());
    same(recorded.run(input), hidden().relu());
  }

  @Test
  void a_graph_survives_being_written_and_read() {
    Tensor bias = Tensor.ones(10);
    var recorded =
        model.record(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              out.at(":", "1:3").set(0.5);
              t.at("layer2").input(out.add(bias, 2).clamp(-1, null));
              return t.at(net).output().max(1);
            });
    var written = GraphJson.write(recorded.graph());
    var again = GraphJson.write(GraphJson.read(written));

    assertThat(again.json()).isEqualTo(written.json());
    assertThat(again.tensors().keySet()).isEqualTo(written.tensors().keySet());
  }
}
