package dev.microtome.nn;

/// What a loss does with the terms of a batch.
public enum Reduction {
  NONE(0),
  MEAN(1),
  SUM(2);

  private final long code;

  Reduction(long code) {
    this.code = code;
  }

  /// libtorch's number for it.
  long code() {
    return code;
  }
}
