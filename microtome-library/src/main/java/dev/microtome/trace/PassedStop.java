package dev.microtome.trace;

/// How often a layer's input or output was passed in one run.
final class PassedStop {
  final Plan.Stop stop;
  int calls;

  PassedStop(Plan.Stop stop) {
    this.stop = stop;
  }
}
