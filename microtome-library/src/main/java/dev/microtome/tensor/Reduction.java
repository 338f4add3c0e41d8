package dev.microtome.tensor;

/// What a loss does with its numbers, as PyTorch's `reduction="mean"`.
public enum Reduction {
  NONE(0),
  MEAN(1),
  SUM(2);

  private final long code;

  Reduction(long code) {
    this.code = code;
  }

  /// libtorch's code.
  public long code() {
    return code;
  }
}
