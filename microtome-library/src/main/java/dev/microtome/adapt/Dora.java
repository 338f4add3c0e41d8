package dev.microtome.adapt;

/// Weight-decomposed low-rank adapters.
///
/// ```java
/// Dora.rank(16).applyTo(network, path -> path.contains("attn"));
/// ```
public final class Dora {
  private Dora() {}

  /// [Lora] with trainable magnitudes.
  public static Lora rank(int rank) {
    return Lora.rank(rank).dora(true);
  }
}
