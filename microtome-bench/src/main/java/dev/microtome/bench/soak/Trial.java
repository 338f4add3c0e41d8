package dev.microtome.bench.soak;

/// Tries one promise of a server.
interface Trial {
  /// How much of it: enough to notice a breach in seconds, or the promised numbers.
  enum Length {
    SHORT,
    LONG;

    /// One of two numbers.
    int of(int brief, int full) {
      return this == SHORT ? brief : full;
    }
  }

  /// What came out.
  record Outcome(boolean holds, String numbers) {}

  /// The promise's name in `docs/reliability.md`.
  String promise();

  /// What is promised, in a few words.
  String about();

  /// Whether it measures times, so that nothing may run beside it.
  default boolean isAlone() {
    return false;
  }

  Outcome run(Length length) throws Exception;
}
