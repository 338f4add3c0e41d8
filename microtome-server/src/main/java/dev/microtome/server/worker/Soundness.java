package dev.microtome.server.worker;

import java.time.Duration;

/// Whether a model is still what it was when it was opened: its weights to the bit, and what it
/// gives for a fixed input. Weights are looked through now and then, for at most a hundredth of the
/// time, since a large model takes its while.
final class Soundness {
  private static final long BETWEEN = Duration.ofMinutes(1).toNanos();
  private static final int SHARE = 100;

  private final Hosted hosted;
  private final String canary;
  private final String weights;
  private long looked;
  private long took;

  /// Notes what the model is.
  Soundness(Hosted hosted) {
    this.hosted = hosted;
    this.canary = Canary.of(hosted.language());
    this.weights = weights();
  }

  /// What the model gives for a fixed input, as a hash; see [Canary].
  String canary() {
    return canary;
  }

  /// Whether it is time to look again.
  boolean isDue() {
    return System.nanoTime() - looked > Math.max(BETWEEN, SHARE * took);
  }

  /// Looks.
  boolean holds() {
    hosted.use(null);
    return weights().equals(weights) && Canary.of(hosted.language()).equals(canary);
  }

  private String weights() {
    long began = System.nanoTime();
    String hash = Canary.ofWeights(hosted.language().network());
    looked = System.nanoTime();
    took = looked - began;
    return hash;
  }
}
