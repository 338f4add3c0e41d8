package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportTest {
  private Sequential net;
  private Model<Tensor, Tensor> model;
  private Tensor input;
  private final List<Report> reports = new ArrayList<>();

  @BeforeEach
  void two_layers() {
    net = TwoLayers.seeded();
    model = Model.of(net);
    input = Tensor.rand(1, 5);
  }

  @Test
  void it_says_what_was_passed_and_how_much_each_edit_changed() {
    Tensor plain = model.trace(input, t -> t.at("layer1").output());
    model.trace(
        input,
        t -> {
          t.report(reports::add);
          Tensor out = t.at("layer1").output();
          out.at(":", 0).set(3);
          t.at("layer2").output(t.at("layer2").output().add(0.25));
          return null;
        });

    Report report = reports.getFirst();
    assertThat(report.passed())
        .extracting(Report.Passed::name)
        .containsExactly("layer1.output", "layer2.output");
    assertThat(report.passed()).extracting(Report.Passed::times).containsExactly(1, 1);
    assertThat(report.edits()).hasSize(2);
    Report.Edit written = report.edits().getFirst();
    assertThat(written.what()).isEqualTo("layer1.output, setitem");
    assertThat(written.line()).startsWith("ReportTest.java:");
    assertThat(written.change()).isCloseTo(Math.abs(3 - plain.get(0, 0).item()), within(1e-6));
    assertThat(report.edits().get(1).what()).isEqualTo("layer2.output, replaced");
    assertThat(report.edits().get(1).change()).isCloseTo(0.25, within(1e-6));
    assertThat(report.idle()).isEmpty();
  }

  @Test
  void an_edit_that_changes_nothing_is_said() {
    model.trace(
        input,
        t -> {
          t.report(reports::add);
          Tensor out = t.at("layer1").output();
          out.mul_(1);
          out.requiresGrad_(true); // marks, changes no number
          t.at("layer2").output(t.at("layer2").output().add(0));
          return null;
        });
    assertThat(reports.getFirst().idle())
        .extracting(Report.Edit::what)
        .containsExactly("layer1.output, mul_", "layer2.output, replaced");
    assertThat(reports.getFirst()).asString().contains("layer1.output, mul_: changed nothing");
  }

  @Test
  void equal_infinities_are_no_change_and_a_new_nan_is_not_hidden() {
    model.trace(
        input,
        t -> {
          t.report(reports::add);
          Tensor out = t.at("layer1").output();
          out.at(":", 0).set(Double.NEGATIVE_INFINITY);
          out.at(":", 0).set(Double.NEGATIVE_INFINITY);
          out.at(":", 1).set(Double.NaN);
          return null;
        });
    var edits = reports.getFirst().edits();
    assertThat(edits.get(0).change()).isInfinite();
    assertThat(edits.get(1).changedNothing()).isTrue();
    assertThat(edits.get(2).change()).isNaN();
  }

  @Test
  void edits_of_gradients_and_skipped_layers_are_told() {
    model.trace(
        input,
        t -> {
          t.report(reports::add);
          t.at("layer1").skip(Tensor.ones(1, 10).requiresGrad_(true));
          Tensor out = t.at("layer1").output();
          out.grad(out.grad().mul(2));
          t.at(net).output().sum().backward();
          return null;
        });
    assertThat(reports.getFirst().edits())
        .extracting(Report.Edit::what)
        .containsExactly("layer1, skipped", "gradient of layer1.output, replaced");
    assertThat(reports.getFirst().edits().get(1).change()).isPositive();
  }

  @Test
  void every_run_of_a_recorded_trace_reports() {
    var recorded =
        model.record(
            input,
            t -> {
              t.report(reports::add);
              t.at("layer1").output().at(":").set(1);
              return t.at(net).output();
            });
    recorded.run(input);
    recorded.run(Tensor.zeros(1, 5));
    assertThat(reports).hasSize(2);
    assertThat(reports.get(0).edits().getFirst().change())
        .isNotEqualTo(reports.get(1).edits().getFirst().change());
  }

  @Test
  void each_invoke_of_a_batch_is_compared_on_its_own_rows() {
    model.<Tensor>traceBatch(batch -> {
      batch.report(reports::add);
      batch.invoke(
          input,
          t -> {
            t.at("layer1").output(t.at("layer1").output().add(5));
            return null;
          });
      return batch.invoke(
          input,
          t -> {
            t.at("layer1").output(t.at("layer1").output().add(0));
            return t.at("layer2").output();
          });
    });
    var edits = reports.getFirst().edits();
    assertThat(edits.get(0).change()).isCloseTo(5, within(1e-5));
    assertThat(edits.get(1).changedNothing()).isTrue();
  }

  @Test
  void memory_held_by_the_run_is_counted() {
    var wide = Model.of(new Linear(100, 10_000));
    Tensor x = Tensor.rand(50, 100);
    wide.trace(
        x,
        t -> {
          t.report(reports::add);
          return t.at(wide.network()).output();
        });
    assertThat(reports.getFirst().peakBytes()).isBetween(2_000_000L, 20_000_000L);
  }
}
