package dev.microtome.bench.fuzz;

import java.util.List;

/// Something that reads what others wrote.
interface FuzzTarget {
  String name();

  /// Sound inputs to begin with.
  List<byte[]> seeds() throws Exception;

  /// Reads an input. An [IllegalArgumentException] refuses it; anything else that is thrown is a
  /// finding.
  void read(byte[] input) throws Exception;
}
