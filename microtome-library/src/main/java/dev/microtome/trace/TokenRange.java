package dev.microtome.trace;

import dev.microtome.tensor.Index;

/// The tokens of a word or phrase: positions `from` (inclusive) to `to` (exclusive) of what a trace
/// sees of its prompt. The parts are subscripts: `stream.at(":", range.last()).set(0)`.
public record TokenRange(int from, int to) {
  public TokenRange {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("not a range of tokens: " + from + " to " + to);
    }
  }

  /// How many tokens there are.
  public int size() {
    return to - from;
  }

  public Index first() {
    return new Index.At(from);
  }

  public Index last() {
    return new Index.At(to - 1L);
  }

  /// All of them, as a slice.
  public Index all() {
    return new Index.Slice((long) from, (long) to, null);
  }
}
