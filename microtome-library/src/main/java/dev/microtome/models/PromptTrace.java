package dev.microtome.models;

import dev.microtome.trace.Graph;
import dev.microtome.trace.Recorded;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// A trace recorded once, to be run on any number of prompts.
///
/// ```java
/// var norms = lm.record(example, t -> t.at(block).output().norm());
/// try (Stream<String> lines = Files.lines(file)) {
///   norms.runAll(lines).forEach(norm -> …);
/// }
/// ```
///
/// Tokens are counted from the end, as in `t.token(-1)`: prompts differ in length.
public final class PromptTrace<R extends @Nullable Object> {
  private final Recorded<CausalNetwork.Input, R> recorded;
  private final Function<String, CausalNetwork.Input> input;
  private final int together;

  PromptTrace(
      Recorded<CausalNetwork.Input, R> recorded,
      Function<String, CausalNetwork.Input> input,
      int together) {
    this.recorded = recorded;
    this.input = input;
    this.together = together;
  }

  /// The same with `count` prompts to a run of the network; 16 at first.
  public PromptTrace<R> together(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least 1 prompt runs at a time, got " + count);
    }
    return new PromptTrace<>(recorded, input, count);
  }

  /// Runs one prompt.
  public R run(String prompt) {
    return recorded.run(input.apply(prompt));
  }

  /// The results of many prompts, in order. They are taken and run as results are asked for, a few
  /// runs ahead so that prompts of like length share one, each as it would run alone. What a run
  /// made is freed after it, so memory does not grow with their number. Gradients are recorded only
  /// where the trace asks for one.
  ///
  /// A prompt that can't be run is an [IllegalArgumentException] that gives its number, after the
  /// results before it.
  public Stream<R> runAll(Stream<String> prompts) {
    return runAll(prompts.iterator()).onClose(prompts::close);
  }

  /// See [#runAll(Stream)].
  public Stream<R> runAll(List<String> prompts) {
    return runAll(prompts.iterator());
  }

  private Stream<R> runAll(Iterator<String> prompts) {
    var results = new PromptRuns<>(recorded, prompts, input, together);
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(results, Spliterator.ORDERED), false);
  }

  /// What was recorded.
  public Graph graph() {
    return recorded.graph();
  }
}
