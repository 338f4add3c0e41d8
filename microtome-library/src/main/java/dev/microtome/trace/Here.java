package dev.microtome.trace;

import dev.microtome.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs a network that is here.
final class Here<I> {
  private final Layer<I, ?> network;
  private final Runnable beforeRun;
  private final Batching<I> batching;
  private final ScanCache<I> scans;

  Here(Layer<I, ?> network, Runnable beforeRun, Batching<I> batching, ScanCache<I> scans) {
    this.network = network;
    this.beforeRun = beforeRun;
    this.batching = batching;
    this.scans = scans;
  }

  /// Runs with the plan of `run`'s graph.
  @SuppressWarnings("unchecked") // a run's inputs are the network's, or the procedure's
  Interleaver run(Plan plan, Run run) {
    Procedure<Object> procedure = (Procedure<Object>) run.procedure();
    if (procedure != null) {
      return calls(plan, run, procedure);
    }
    var inputs = (List<I>) run.inputs();
    return run.together() ? together(plan, inputs, run.scan()) : alone(plan, inputs.getFirst());
  }

  private Interleaver alone(Plan plan, I input) {
    return interleave(plan, Course.alone(), () -> network.apply(input));
  }

  private Interleaver together(Plan plan, List<I> inputs, Scan scan) {
    var alone = new ArrayList<@Nullable ScannedRun>();
    inputs.forEach(input -> alone.add(scans.get(input, scan).run()));
    I joined = batching.join(inputs);
    long[] counts = inputs.stream().mapToLong(batching::rows).toArray();
    var rows = new Rows(counts, scans.get(joined, scan).run(), alone);
    return interleave(plan, Course.batch(rows), () -> network.apply(joined));
  }

  @SuppressWarnings("unchecked")
  private Interleaver calls(Plan plan, Run run, Procedure<Object> procedure) {
    var inputs = (List<Object>) run.inputs();
    @Nullable Rows rows = run.together() ? rows(procedure, inputs, plan.graph()) : null;
    Course course = Course.calls(rows);
    return interleave(plan, course, () -> procedure.run(inputs, course.watching(plan)));
  }

  private Rows rows(Procedure<Object> procedure, List<Object> inputs, Graph graph) {
    var alone = new ArrayList<@Nullable ScannedRun>();
    inputs.forEach(input -> alone.add(scans.get(procedure, List.of(input)).run()));
    long[] counts = inputs.stream().mapToLong(procedure::rows).toArray();
    var rows = new Rows(counts, scans.get(procedure, inputs).run(), alone);
    rows.scanFor(graph);
    return rows;
  }

  /// What `runs` will take, one after the other.
  Forecast forecast(List<Run> runs) {
    SessionGraphs.check(runs.stream().map(Run::graph).toList());
    var shapes = new ArrayList<@Nullable Object[]>();
    Forecast all = Forecast.NOTHING;
    for (Run run : runs) {
      Rows.Scans known = scans(run);
      var forecaster = new Forecaster(run.graph(), network, known, shapes);
      all = all.plus(forecaster.run()).plus(itself(known.batch(), run));
      shapes.add(forecaster.values());
    }
    return all;
  }

  @SuppressWarnings("unchecked")
  private Rows.Scans scans(Run run) {
    Procedure<Object> procedure = (Procedure<Object>) run.procedure();
    var alone = new ArrayList<@Nullable ScannedRun>();
    if (procedure != null) {
      var inputs = (List<Object>) run.inputs();
      inputs.forEach(input -> alone.add(scans.get(procedure, List.of(input)).run()));
      return new Rows.Scans(scans.get(procedure, inputs).run(), alone);
    }
    var inputs = (List<I>) run.inputs();
    inputs.forEach(input -> alone.add(scans.get(input, Scan.ON).run()));
    I joined = run.together() ? batching.join(inputs) : inputs.getFirst();
    return new Rows.Scans(scans.get(joined, Scan.ON).run(), alone);
  }

  // Its operations are counted by whoever knows the network's kind.
  private static Forecast itself(@Nullable ScannedRun scan, Run run) {
    double bytes = scan == null ? 0 : scan.bytes(run.graph().backwards() > 0);
    return new Forecast(bytes, 0, 0, 0, 0, -1, 0);
  }

  /// Runs once with the edits of a model, which go before what a trace around them asks for.
  @Nullable Object edited(Graph edits, I input) {
    if (edits.size() == 0) {
      beforeRun.run();
      return network.apply(input);
    }
    Plan plan = new Plan(edits);
    return interleave(plan, Course.edits(), () -> network.apply(input)).output();
  }

  private Interleaver interleave(Plan plan, Course course, Supplier<?> body) {
    beforeRun.run();
    return Interleaver.run(plan, network, scans.layers(), course, body);
  }
}
