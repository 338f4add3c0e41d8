package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.PeakMemory;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Measures one run for its [Report].
final class Reporter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Report.class);

  /// Writes that leave the numbers alone.
  private static final Set<String> MARKINGS =
      Set.of("aten::requires_grad_", "aten::retain_grad", "aten::detach_");

  private final Graph graph;
  private final Consumer<Report> to;
  private final PeakMemory memory = PeakMemory.watch();
  private final Map<Integer, Report.Edit> edits = new LinkedHashMap<>();

  Reporter(Graph graph, Consumer<Report> to) {
    this.graph = graph;
    this.to = to;
  }

  /// Whether `node` changes what the model computes.
  static boolean isEdit(Node node) {
    return switch (node.step()) {
      case Step.Swap _, Step.Skip _, Step.GradientSwap _ -> true;
      case Step.Call call ->
          call.writes() && node.root() != Node.UNKNOWN && !MARKINGS.contains(call.op());
      default -> false;
    };
  }

  /// The numbers of `target` before an edit changes them.
  static @Nullable Tensor remember(@Nullable Tensor target) {
    return target == null ? null : Grad.off(() -> target.detach().copy());
  }

  /// `node` turned `before` into `after`.
  void edited(Node node, @Nullable Tensor before, @Nullable Tensor after) {
    double change =
        before == null || after == null || !before.shape().equals(after.shape())
            ? Double.NaN
            : Grad.off(() -> difference(before, after.detach()));
    edits.merge( // a loop may make one several times
        node.id(),
        new Report.Edit(describe(node), node.line(), change),
        (one, more) -> one.change() >= more.change() ? one : more);
  }

  // Equal infinities, and NaN where there was NaN, are no difference.
  private static double difference(Tensor before, Tensor after) {
    if (before.numel() == 0) {
      return 0;
    }
    DType wide = before.dtype().isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
    Tensor a = before.to(wide);
    Tensor b = after.to(wide);
    Tensor same = a.eq(b).logicalOr(a.ne(a).logicalAnd(b.ne(b)));
    return b.sub(a).abs().maskedFill(same, 0).max().item();
  }

  private String describe(Node node) {
    return switch (node.step()) {
      case Step.Swap swap -> swap.site() + ", replaced";
      case Step.Skip skip -> skip.site().path() + ", skipped";
      case Step.GradientSwap swap -> named(swap.gradient().id()) + ", replaced";
      case Step.Call call -> named(node.root()) + ", " + call.op().replaceFirst("^aten::", "");
      default -> node.label();
    };
  }

  private String named(int id) {
    return switch (graph.node(id).step()) {
      case Step.Argument argument -> argument.site().toString();
      case Step.Gradient gradient -> "gradient of " + named(gradient.of().id());
      default -> graph.node(id).label();
    };
  }

  /// The run is over.
  void deliver(List<PassedStop> stops, List<Report.Held> held) {
    var passed =
        stops.stream()
            .map(stop -> new Report.Passed(stop.stop.path(), stop.stop.place(), stop.calls))
            .toList();
    var report = new Report(passed, List.copyOf(edits.values()), held, memory.bytes());
    for (Report.Edit idle : report.idle()) {
      LOG.warn(
          "an edit changed nothing: {}{}",
          idle.what(),
          idle.line() == null ? "" : " at " + idle.line());
    }
    to.accept(report);
  }

  @Override
  public void close() {
    memory.close();
  }
}
