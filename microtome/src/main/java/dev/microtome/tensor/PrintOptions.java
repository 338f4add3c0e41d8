package dev.microtome.tensor;

/// How tensors are printed, as PyTorch's `set_printoptions`.
public record PrintOptions(int precision, int threshold, int edgeItems, int lineWidth) {
  private static final PrintOptions DEFAULT = new PrintOptions(4, 1000, 3, 80);

  static PrintOptions current() {
    return DEFAULT;
  }
}
