package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Several inputs in one run of the network, each with interventions of its own.
///
/// ```java
/// var p = lm.traceBatch(batch -> new Predictions(
///     batch.invoke(prompt, t -> t.at(gpt2.lmHead).output()),
///     batch.invoke(other, t -> { t.at(mlp).output().at(":").set(0); return t.at(gpt2.lmHead).output(); })));
/// ```
///
/// An invoke sees its own rows only, without padding, exactly as if it ran alone. Values may go
/// from one invoke to a later one.
///
/// @param <P> what an input is given as: a tensor, a prompt
public final class Batch<P> {
  private final Recording recording;
  private final Function<P, Integer> addInvoke;
  private boolean inside;

  Batch(Recording recording, Function<P, Integer> addInvoke) {
    this.recording = recording;
    this.addInvoke = addInvoke;
    recording.isOfSeveral(true);
  }

  /// After the run `to` gets a report of it; see [Trace#report].
  public void report(Consumer<Report> to) {
    recording.reportTo(to);
  }

  /// This batch with inputs given as something else, from which `convert` makes them.
  public <Q> Batch<Q> from(Function<Q, P> convert) {
    return new Batch<>(recording, input -> addInvoke.apply(convert.apply(input)));
  }

  /// Adds `input` to the batch and records `body` for its rows. What the body returns is saved.
  public <R extends @Nullable Object> R invoke(P input, Function<Trace, R> body) {
    return recorded(() -> addInvoke.apply(input), body);
  }

  /// Records `body` for the batch as the network sees it: the rows of all inputs, padding included.
  /// Shapes are not known before the run.
  public <R extends @Nullable Object> R all(Function<Trace, R> body) {
    return recorded(() -> Site.ALL, body);
  }

  private <R extends @Nullable Object> R recorded(IntSupplier invoke, Function<Trace, R> body) {
    recording.requireOpen();
    if (inside) {
      throw new IllegalStateException(
          "an invoke can't stand inside another; let values flow from one to the next instead");
    }
    inside = true;
    try {
      R result = body.apply(new Trace(recording, invoke.getAsInt(), 0));
      Values.forEach(result, Tensor::save);
      return result;
    } finally {
      inside = false;
    }
  }
}
