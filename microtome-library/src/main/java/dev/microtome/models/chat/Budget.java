package dev.microtome.models.chat;

/// What one rendering may use up. Templates come from strangers, and a few lines of loops can ask
/// for more than any machine has.
final class Budget {
  static final int MAX_TEXT = 1 << 24;
  static final int MAX_RANGE = 100_000;
  private static final long MAX_STEPS = 4_000_000;
  private static final long MAX_MADE = 1L << 28;
  private static final int MAX_DEPTH = 400;
  private static final long MAX_NANOS = 10_000_000_000L;
  private static final int CLOCK_EVERY = 4096;

  private final long start = System.nanoTime();
  private long steps;
  private long made;
  private int depth;

  /// The line being evaluated, for messages.
  int line;

  /// One thing done.
  void step() {
    steps(1);
  }

  void steps(long count) {
    steps += count;
    if (steps > MAX_STEPS) {
      throw new TemplateFault("it takes more than " + MAX_STEPS + " steps; shorten its loops");
    }
    if (steps % CLOCK_EVERY < count && System.nanoTime() - start > MAX_NANOS) {
      throw new TemplateFault("it takes more than 10 seconds; shorten its loops");
    }
  }

  /// A text or list of so many characters or items comes to be.
  void make(long size) {
    made += size;
    if (size > MAX_TEXT || made > MAX_MADE) {
      throw new TemplateFault(
          "it makes more text than the limit of %d characters at once, %d in all"
              .formatted(MAX_TEXT, MAX_MADE));
    }
    steps(1 + size / 64);
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new TemplateFault("it calls itself more than " + MAX_DEPTH + " deep");
    }
  }

  void leave() {
    depth--;
  }
}
