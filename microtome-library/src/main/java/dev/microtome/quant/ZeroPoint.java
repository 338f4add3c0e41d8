package dev.microtome.quant;

/// Which integer stands for 0.
public sealed interface ZeroPoint {
  /// 0 itself.
  record Zero() implements ZeroPoint {
    @Override
    public String toString() {
      return "0";
    }
  }

  /// The lowest number that occurs is put on the lowest integer; `lowest` measures it. Collected
  /// and learned, or measured in every call, like the quantizer's scale.
  record Shifted(Statistic lowest) implements ZeroPoint {
    @Override
    public String toString() {
      return "from " + lowest;
    }
  }
}
