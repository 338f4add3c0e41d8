package dev.microtome.models.tokenizer;

import java.util.Arrays;

/// A text cut into pieces that cover it from begin to end, some of which matched a pattern.
final class Matches {
  private int[] bounds = new int[32];
  private boolean[] matched = new boolean[16];
  private int size;

  void add(int start, int end, boolean match) {
    if (size == matched.length) {
      bounds = Arrays.copyOf(bounds, size * 4);
      matched = Arrays.copyOf(matched, size * 2);
    }
    bounds[2 * size] = start;
    bounds[2 * size + 1] = end;
    matched[size++] = match;
  }

  int size() {
    return size;
  }

  int start(int index) {
    return bounds[2 * index];
  }

  int end(int index) {
    return bounds[2 * index + 1];
  }

  boolean matched(int index) {
    return matched[index];
  }

  void extendLast(int end) {
    bounds[2 * size - 1] = end;
  }

  /// The same pieces, matched and unmatched exchanged.
  Matches inverted() {
    for (int i = 0; i < size; i++) {
      matched[i] = !matched[i];
    }
    return this;
  }
}
