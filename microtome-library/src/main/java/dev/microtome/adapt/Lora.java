package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import java.util.List;
import java.util.function.Predicate;

/// How a low-rank adapter is made: `W + s B A`, with A (rank, in) and B (out, rank).
///
/// ```java
/// Adapters adapters = Lora.rank(8).alpha(16).applyTo(network, LinearPlaces.allButHead());
/// var optimizer = new AdamW(network.trainable().values(), 1e-4);
/// ```
///
/// @param rank of the product
/// @param alpha strength: s is `alpha / rank`, or `alpha / √rank` with `rsLora`
/// @param dropout probability with which the adapter, not the base, misses a number of its input
///   while training
/// @param rsLora rank-stabilized scaling (Kalajdzievski 2023)
/// @param dora weight-decomposed (Liu et al. 2024): rows of `W + s B A` are scaled to a trainable
///   magnitude
/// @param init how A begins; B begins as zeros, so that a fresh adapter changes nothing
/// @param whole what is trained beside, as it is
public record Lora(
    int rank, double alpha, double dropout, boolean rsLora, boolean dora, Init init, Whole whole) {
  /// How A begins.
  public enum Init {
    /// Even between `±1/√in`: PEFT's default.
    KAIMING,
    /// Normal with deviation `1/rank`.
    GAUSSIAN
  }

  /// The name of an adapter that is given none.
  public static final String DEFAULT_NAME = "default";

  public Lora {
    if (rank < 1) {
      throw new IllegalArgumentException("an adapter's rank must be at least 1, got " + rank);
    }
    if (!(Math.abs(alpha) < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("alpha must be a finite number, got " + alpha);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be within 0 and 1, got " + dropout);
    }
  }

  /// An adapter of some rank with scale 1.
  public static Lora rank(int rank) {
    return new Lora(rank, rank, 0, false, false, Init.KAIMING, Whole.NOTHING);
  }

  /// The same with another rank and alpha.
  Lora rank(int rank, double alpha) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  public Lora alpha(double alpha) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  public Lora dropout(double dropout) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  public Lora rsLora(boolean rsLora) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  public Lora dora(boolean dora) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  public Lora init(Init init) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  /// Trains biases, too.
  public Lora bias(Whole.Bias bias) {
    return whole(whole.withBias(bias));
  }

  /// Trains layers whose paths end so as they are, all of their parameters, such as `lm_head`.
  public Lora modulesToSave(String... names) {
    return whole(whole.withModules(List.of(names)));
  }

  private Lora whole(Whole whole) {
    return new Lora(rank, alpha, dropout, rsLora, dora, init, whole);
  }

  /// The factor s.
  public double scaling() {
    return alpha / (rsLora ? Math.sqrt(rank) : rank);
  }

  /// Freezes a network and puts an adapter beside each linear layer whose path the rule takes.
  ///
  /// @throws IllegalArgumentException when the rule takes no place, or a place has an adapter of
  ///   that name; then nothing was changed
  public Adapters applyTo(Layer<?, ?> network, Predicate<String> rule) {
    return applyTo(network, rule, DEFAULT_NAME);
  }

  /// The same under a name of its own, beside other adapters. It becomes the active one.
  public Adapters applyTo(Layer<?, ?> network, Predicate<String> rule, String name) {
    return Adapters.of(network).add(name, this, rule);
  }
}
