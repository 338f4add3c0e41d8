package dev.microtome.models;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.trace.Recorded;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Prompts run some at a time: a window of them is taken, sorted by length, run in groups of like
/// length, and handed out in the order they came.
final class PromptRuns<R extends @Nullable Object> implements Iterator<R> {
  private static final int RUNS_AHEAD = 4;

  private final Recorded<CausalNetwork.Input, R> recorded;
  private final Iterator<String> prompts;
  private final Function<String, CausalNetwork.Input> input;
  private final int together;
  private final Deque<Result<R>> ready = new ArrayDeque<>();
  private long taken;
  private @Nullable RuntimeException refused;

  // A deque holds no nulls, and a trace may return one.
  private record Result<R extends @Nullable Object>(R value) {}

  PromptRuns(
      Recorded<CausalNetwork.Input, R> recorded,
      Iterator<String> prompts,
      Function<String, CausalNetwork.Input> input,
      int together) {
    this.recorded = recorded;
    this.prompts = prompts;
    this.input = input;
    this.together = together;
  }

  @Override
  public boolean hasNext() {
    if (ready.isEmpty() && refused == null) {
      fill();
    }
    return !ready.isEmpty() || refused != null;
  }

  @Override
  public R next() {
    if (!hasNext()) {
      throw new NoSuchElementException("no more prompts");
    }
    if (ready.isEmpty() && refused != null) {
      throw refused;
    }
    return ready.remove().value();
  }

  private void fill() {
    List<CausalNetwork.Input> window = window();
    Integer[] order = IntStream.range(0, window.size()).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingLong(i -> window.get(i).ids().size(1)));
    var results = new ArrayList<@Nullable Result<R>>(window.size());
    window.forEach(_ -> results.add(null));
    for (int from = 0; from < order.length; from += together) {
      List<Integer> group = List.of(order).subList(from, Math.min(from + together, order.length));
      List<R> answers = run(group.stream().map(window::get).toList());
      for (int i = 0; i < answers.size(); i++) {
        results.set(group.get(i), new Result<>(answers.get(i)));
      }
    }
    results.forEach(ready::add);
  }

  private List<CausalNetwork.Input> window() {
    var window = new ArrayList<CausalNetwork.Input>();
    while (window.size() < together * RUNS_AHEAD && refused == null && prompts.hasNext()) {
      String prompt = prompts.next();
      try {
        window.add(input.apply(prompt));
        taken++;
      } catch (IllegalArgumentException bad) {
        refused =
            new IllegalArgumentException(
                "prompt number %d (from 0): %s".formatted(taken, bad.getMessage()), bad);
      }
    }
    return window;
  }

  private List<R> run(List<CausalNetwork.Input> inputs) {
    return recorded.asksForGradients()
        ? Scope.run(() -> recorded.runTogether(inputs))
        : Grad.off(() -> Scope.run(() -> recorded.runTogether(inputs)));
  }
}
