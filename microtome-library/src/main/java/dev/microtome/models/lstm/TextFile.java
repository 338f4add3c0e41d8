package dev.microtome.models.lstm;

import dev.microtome.models.text.Utf8File;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/// A text as lines of words, split where Python splits: at whitespace, Unicode's included.
record TextFile(Path file, String text) {
  static TextFile read(Path file) {
    return new TextFile(file, Utf8File.read(file));
  }

  /// The words of all lines as numbers, `<eos>` after each line.
  Tensor numbers(ToIntFunction<String> number) {
    long[] numbers = new long[text.length() / 2 + 16];
    int count = 0;
    int at = 0;
    for (String line : text.lines().toList()) {
      at++;
      List<String> words = words(line);
      if (count + words.size() + 1 > numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * (count + words.size() + 1));
      }
      for (String word : words) numbers[count++] = number(word, number, at);
      numbers[count++] = number(Dictionary.END, number, at);
    }
    return Tensor.of(Arrays.copyOf(numbers, count));
  }

  private int number(String word, ToIntFunction<String> number, int line) {
    try {
      return number.applyAsInt(word);
    } catch (UnknownWordException unknown) {
      throw new UnknownWordException(file, line, unknown);
    }
  }

  private static List<String> words(String line) {
    var words = new ArrayList<String>();
    int from = -1;
    for (int i = 0; i <= line.length(); i++) {
      boolean space = i == line.length() || isSpace(line.charAt(i));
      if (space && from >= 0) {
        words.add(line.substring(from, i));
        from = -1;
      } else if (!space && from < 0) {
        from = i;
      }
    }
    return words;
  }

  private static boolean isSpace(char c) {
    return Character.isSpaceChar(c)
        || (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x1F)
        || c == 0x85;
  }
}
