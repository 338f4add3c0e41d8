package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something that calls a network again and again, such as a generation, for one input or for
/// several side by side.
///
/// @param <P> what an input is given as, such as a prompt
public interface Procedure<P> {
  /// The calls it will make on `inputs`, for a scan: each `next()` calls the network once more,
  /// with shape-only tensors. An [IllegalStateException] when that can't be told.
  Iterator<?> calls(List<P> inputs);

  /// What the shapes of [#calls] depend on: scans of an equal form are shared.
  Object form(List<P> inputs);

  /// Where the tokens of an input stand, or null when nobody knows.
  default @Nullable TokenPlaces places(P input) {
    return null;
  }

  /// How many rows of each call belong to an input.
  default long rows(P input) {
    return 1;
  }

  /// Runs to the end, telling `watcher`, and returns what it made for each input: what it would
  /// have made of that input alone.
  List<Tensor> run(List<P> inputs, Watcher watcher);

  /// What a trace wants to hear of a procedure.
  interface Watcher {
    /// Whether gradients must flow through the calls.
    boolean needsGradients();

    /// Input number `input` is done after `calls` calls; the others may go on.
    void ended(int input, int calls);
  }
}
