package dev.microtome.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One run as it is asked for: what is done beside it, and on what. With a [Runner] it can happen
/// elsewhere.
///
/// @param graph what is read, computed and changed
/// @param inputs of the network, or of the procedure
/// @param together whether several inputs share the run, as invokes
/// @param procedure what calls the network again and again, or null for one call
/// @param scan whether shapes may be learned beforehand
public record Run(
    Graph graph, List<?> inputs, boolean together, @Nullable Procedure<?> procedure, Scan scan) {
  public Run {
    inputs = List.copyOf(inputs);
    if (inputs.isEmpty() || (!together && inputs.size() > 1)) {
      throw new IllegalArgumentException(
          "a run has one input, or several together; got " + inputs.size());
    }
  }

  /// One call of the network on one input.
  public static Run of(Graph graph, Object input) {
    return new Run(graph, List.of(input), false, null, Scan.ON);
  }

  /// One call of the network on several inputs, each an invoke.
  public static Run together(Graph graph, List<?> inputs) {
    return new Run(graph, inputs, true, null, Scan.ON);
  }

  /// A procedure on one input, or on several side by side.
  public static <P> Run calls(
      Graph graph, Procedure<P> procedure, List<P> inputs, boolean together) {
    return new Run(graph, inputs, together, procedure, Scan.ON);
  }

  Run with(Scan other) {
    return new Run(graph, inputs, together, procedure, other);
  }

  Run with(Graph other) {
    return new Run(other, inputs, together, procedure, scan);
  }
}
