package dev.microtome.models.tokenizer;

import java.util.Arrays;

/// A text on its way to the model which still knows where each character came from: for each UTF-16
/// unit the span of code points of the original text. Immutable; a slice shares the arrays.
final class AlignedText {
  final String text;

  /// Where in the original the text began when it was cut out of a longer one.
  final int origin;

  private final int[] starts;
  private final int[] ends;
  private final int offset;

  private AlignedText(String text, int[] starts, int[] ends, int offset, int origin) {
    this.text = text;
    this.starts = starts;
    this.ends = ends;
    this.offset = offset;
    this.origin = origin;
  }

  static AlignedText of(String original) {
    int length = original.length();
    int[] starts = new int[length];
    int[] ends = new int[length];
    int codePoint = -1;
    for (int i = 0; i < length; i++) {
      if (i == 0 || !Character.isLowSurrogate(original.charAt(i))) {
        codePoint++;
      }
      starts[i] = codePoint;
      ends[i] = codePoint + 1;
    }
    return new AlignedText(original, starts, ends, 0, 0);
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  int start(int index) {
    return starts[offset + index];
  }

  int end(int index) {
    return ends[offset + index];
  }

  /// The original code points the units `[from, to)` came from; `from < to`.
  Span span(int from, int to) {
    return new Span(start(from), end(to - 1));
  }

  AlignedText slice(int from, int to) {
    if (from == 0 && to == text.length() && (to == 0 || start(0) == origin)) {
      return this;
    }
    int cut = from < to ? start(from) : origin;
    return new AlignedText(text.substring(from, to), starts, ends, offset + from, cut);
  }

  /// The text with `head` before it; the head is aligned with the first character.
  AlignedText prepend(String head) {
    if (text.isEmpty() || head.isEmpty()) {
      return this;
    }
    var out = new Builder(this, text.length() + head.length());
    out.append(head, start(0), end(0));
    out.copy(0, text.length());
    return out.build();
  }

  /// A new text over the same original, written from left to right.
  static final class Builder {
    private final AlignedText from;
    private final StringBuilder text;
    private int[] starts;
    private int[] ends;

    Builder(AlignedText from, int expected) {
      this.from = from;
      this.text = new StringBuilder(expected);
      this.starts = new int[expected];
      this.ends = new int[expected];
    }

    private void room(int more) {
      int needed = text.length() + more;
      if (needed > starts.length) {
        int capacity = Math.max(needed, starts.length + (starts.length >> 1) + 8);
        starts = Arrays.copyOf(starts, capacity);
        ends = Arrays.copyOf(ends, capacity);
      }
    }

    void append(String part, int start, int end) {
      room(part.length());
      Arrays.fill(starts, text.length(), text.length() + part.length(), start);
      Arrays.fill(ends, text.length(), text.length() + part.length(), end);
      text.append(part);
    }

    void append(char unit, int start, int end) {
      room(1);
      starts[text.length()] = start;
      ends[text.length()] = end;
      text.append(unit);
    }

    /// Appends the units `[first, last)` of the old text with their alignment.
    void copy(int first, int last) {
      room(last - first);
      System.arraycopy(from.starts, from.offset + first, starts, text.length(), last - first);
      System.arraycopy(from.ends, from.offset + first, ends, text.length(), last - first);
      text.append(from.text, first, last);
    }

    /// Appends something new put behind the unit at `index - 1`: it shares that unit's alignment.
    void insert(String part, int index) {
      if (index < 1) {
        append(part, from.origin, from.origin);
      } else {
        append(part, from.start(index - 1), from.end(index - 1));
      }
    }

    AlignedText build() {
      return new AlignedText(text.toString(), starts, ends, 0, from.origin);
    }
  }
}
