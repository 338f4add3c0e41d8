package dev.microtome.trace;

import dev.microtome.tensor.GraphSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What happened in one run of a trace; see [Trace#report].
///
/// @param passed the inputs and outputs the trace watched, in the order it asked for them
/// @param edits what the trace changed, in the order it happened
/// @param held the saved values that keep alive what their gradients would need, 32 MiB and more
/// @param peakBytes the most bytes of tensors held at once by the run, counted as in
///   [dev.microtome.tensor.PeakMemory]
public record Report(List<Passed> passed, List<Edit> edits, List<Held> held, long peakBytes) {
  public Report {
    passed = List.copyOf(passed);
    edits = List.copyOf(edits);
    held = List.copyOf(held);
  }

  /// A layer's input or output.
  ///
  /// @param path the layer's path, empty for the network itself
  /// @param times how often a value passed
  public record Passed(String path, Site.Place place, int times) {
    /// `layer1.output`.
    public String name() {
      return new Site(path, place, 0, Site.ALL).toString();
    }
  }

  /// One change the trace made to an activation or a gradient.
  ///
  /// @param what what was changed and how: `layer1.output, setitem`
  /// @param line where the user's code asked for it, or null when that is unknown
  /// @param change the largest absolute difference it made to a number; NaN when it put in a NaN,
  ///   or when there is nothing to compare because a layer was skipped
  public record Edit(String what, @Nullable String line, double change) {
    /// Whether everything is as it would be without the edit.
    public boolean changedNothing() {
      return change == 0;
    }
  }

  /// A saved value that keeps a large autograd graph alive.
  ///
  /// @param what the value
  /// @param line where the user's code asked for it, or null when that is unknown
  public record Held(String what, @Nullable String line, GraphSize graph) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s was saved%s with the graph of its %d operations, which holds about %.0f MB; save a"
              + " detached value (detach(), or Keep.detached()), or trace inside Grad.off",
          what,
          line == null ? "" : " at " + line,
          graph.operations(),
          graph.bytes() / 1e6);
    }
  }

  /// The edits that changed nothing.
  public List<Edit> idle() {
    return edits.stream().filter(Edit::changedNothing).toList();
  }

  /// A table for people.
  @Override
  public String toString() {
    var lines = new ArrayList<String>();
    for (Passed stop : passed) {
      lines.add("%s: passed %s".formatted(stop.name(), times(stop.times())));
    }
    for (Edit edit : edits) {
      String change =
          edit.changedNothing()
              ? "changed nothing"
              : Double.isNaN(edit.change())
                  ? "not comparable"
                  : String.format(Locale.ROOT, "largest change %.4g", edit.change());
      lines.add(
          "%s: %s%s"
              .formatted(edit.what(), change, edit.line() == null ? "" : " (" + edit.line() + ")"));
    }
    held.forEach(value -> lines.add(value.toString()));
    lines.add(String.format(Locale.ROOT, "memory held: %.1f MB at most", peakBytes / 1e6));
    return String.join("\n", lines);
  }

  private static String times(int count) {
    return count == 1 ? "once" : count + " times";
  }
}
