package dev.microtome.models.tokenizer;

import java.util.Arrays;

/// A rewriting of a text, character by character: each new code point with a *change* that tells
/// which old ones it stands for.
///
/// A change of 0 replaces the next old character, 1 is inserted and shares the alignment of the
/// character before, -n replaces the next one and swallows n more.
final class CharEdits {
  private int[] chars;
  private int[] changes;
  private int size;

  CharEdits(int expected) {
    chars = new int[Math.max(expected, 4)];
    changes = new int[Math.max(expected, 4)];
  }

  void add(int codePoint, int change) {
    if (size == chars.length) {
      chars = Arrays.copyOf(chars, size * 2);
      changes = Arrays.copyOf(changes, size * 2);
    }
    chars[size] = codePoint;
    changes[size++] = change;
  }

  int size() {
    return size;
  }

  int codePoint(int index) {
    return chars[index];
  }

  int change(int index) {
    return changes[index];
  }

  void set(int index, int codePoint, int change) {
    chars[index] = codePoint;
    changes[index] = change;
  }

  AlignedText applyTo(AlignedText old) {
    var out = new AlignedText.Builder(old, old.text.length());
    int at = 0;
    for (int i = 0; i < size; i++) {
      String part = Character.toString(chars[i]);
      if (changes[i] > 0) {
        out.insert(part, at);
        continue;
      }
      if (at >= old.text.length()) {
        out.insert(part, at);
        continue;
      }
      out.append(part, old.start(at), old.end(at));
      for (int n = changes[i]; n <= 0 && at < old.text.length(); n++) {
        at += Character.charCount(old.text.codePointAt(at));
      }
    }
    return out.build();
  }
}
