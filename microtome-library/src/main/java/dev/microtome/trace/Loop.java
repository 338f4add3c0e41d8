package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs a [Step.Repeat].
final class Loop {
  private Loop() {}

  /// Does the rounds, each node by `execute`, and returns the loop's value: how many there were and
  /// the state they left.
  static List<@Nullable Object> run(Node node, Plan plan, Answers answers, Consumer<Node> execute) {
    var repeat = (Step.Repeat) node.step();
    long times = times(node, answers.resolve(repeat.times()));
    List<?> state = answers.resolveList(repeat.start());
    for (long round = 0; round < times; round++) {
      answers.set(node, value(round, state));
      for (int id : plan.body(node.id())) {
        Node inner = plan.graph().node(id);
        if (inner.step() instanceof Step.Next(Step.Ref _, List<Object> next)) {
          state = answers.resolveList(next);
        } else {
          execute.accept(inner);
        }
      }
    }
    return value(times, state);
  }

  private static List<@Nullable Object> value(long rounds, List<?> state) {
    var value = new ArrayList<@Nullable Object>();
    value.add(Tensor.scalar(rounds));
    value.addAll(state);
    return value;
  }

  private static long times(Node node, @Nullable Object given) {
    double times =
        given instanceof Tensor tensor && tensor.numel() == 1
            ? tensor.item()
            : given instanceof Long whole ? whole : -1;
    if (!(times >= 0) || times != Math.rint(times)) {
      throw new IllegalArgumentException(
          "%s: how often to repeat must be a whole number from 0, got %s (asked for at %s)"
              .formatted(node.label(), given, node.line()));
    }
    return (long) times;
  }
}
