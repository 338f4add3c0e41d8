package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A trace recorded once, to be run on many inputs: nothing is recorded or scanned again.
public final class Recorded<I, R extends @Nullable Object> {
  private final Recording recording;
  private final R result;
  private final Plan plan;
  private final Runner<I> runner;
  private final boolean isCopyable;
  private final Map<Integer, Plan> plans = new ConcurrentHashMap<>();

  /// Runs a plan.
  @FunctionalInterface
  interface Runner<I> {
    Answers run(Plan plan, I input);

    /// Runs a plan on several inputs side by side.
    default Answers runTogether(Plan plan, List<I> inputs) {
      throw new IllegalStateException("this trace is of several inputs already");
    }
  }

  Recorded(Recording recording, R result, Runner<I> runner) {
    this.recording = recording;
    this.result = result;
    this.runner = runner;
    this.plan = recording.seal();
    this.isCopyable = Copies.arePossible(recording.graph());
  }

  /// Runs the network on `input` and returns what the body returned, with this run's numbers.
  public R run(I input) {
    Answers answers = runner.run(plan, input);
    recording.answered(answers);
    return Values.map(result, tensor -> revealed(tensor, answers));
  }

  /// Runs the network once on all `inputs`, each as it would run alone, and returns what the body
  /// returned for each. A trace that asks for gradients runs once for each input.
  public List<R> runTogether(List<I> inputs) {
    if (inputs.size() < 2 || !isCopyable) {
      return inputs.stream().map(this::runAlone).toList();
    }
    Graph once = recording.graph();
    Plan copies =
        plans.computeIfAbsent(inputs.size(), count -> recording.planOf(Copies.of(once, count)));
    Answers answers = runner.runTogether(copies, inputs);
    var results = new ArrayList<R>();
    for (int i = 0; i < inputs.size(); i++) {
      int shift = i * once.size();
      results.add(Values.map(result, tensor -> copied(tensor, answers, copies.graph(), shift)));
    }
    return results;
  }

  private R runAlone(I input) {
    Answers answers = runner.run(plan, input);
    return Values.map(result, tensor -> revealed(tensor, answers));
  }

  private boolean isOwn(Tensor tensor) {
    return tensor instanceof Deferred deferred && deferred.origin() == recording;
  }

  private Tensor revealed(Tensor tensor, Answers answers) {
    return tensor instanceof Deferred deferred && isOwn(tensor)
        ? answers.value(deferred.node())
        : tensor;
  }

  // A view of its rows would keep the whole batch alive.
  private Tensor copied(Tensor tensor, Answers answers, Graph copies, int shift) {
    return tensor instanceof Deferred deferred && isOwn(tensor)
        ? answers.value(copies.node(deferred.node().id() + shift)).copy()
        : tensor;
  }

  /// Whether it runs a backward pass.
  public boolean asksForGradients() {
    return recording.graph().backwards() > 0;
  }

  /// What was recorded.
  public Graph graph() {
    return recording.graph();
  }
}
