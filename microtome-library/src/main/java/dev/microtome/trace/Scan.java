package dev.microtome.trace;

/// Whether a trace first learns all shapes by running the network without numbers.
public enum Scan {
  /// Shapes are known while tracing, and what can't work is refused on its own line. The scan is
  /// kept per input signature, so only the first trace of a shape pays for it.
  ON,
  /// Nothing is checked before the run; for loops over many different shapes.
  OFF
}
