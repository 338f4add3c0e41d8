package dev.microtome.bench;

import java.util.List;

/// Something to measure, run by name from the command line.
public interface Benchmark {
  /// The name it is asked for by, in lower case.
  String name();

  /// What it measures, in one line.
  String about();

  /// Measures.
  List<Figure> run();
}
