package dev.microtome.models.lstm;

import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/// A text as lines of words, split where Python splits: at whitespace, Unicode's included.
record TextFile(Path file, String text) {
  static TextFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(
          file, "is missing", "give a folder with the text files, or name them");
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length == 0) {
        throw new CorpusException(file, "is empty", "give a text with at least one line");
      }
      return new TextFile(file, decode(file, bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  private static String decode(Path file, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CorpusException(
          file, "is not UTF-8 in line " + badLine(bytes), "convert it to UTF-8 first");
    }
  }

  private static int badLine(byte[] bytes) {
    int line = 1;
    int from = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '\n') {
        try {
          var part = ByteBuffer.wrap(bytes, from, i - from);
          StandardCharsets.UTF_8.newDecoder().decode(part);
        } catch (CharacterCodingException e) {
          return line;
        }
        line++;
        from = i + 1;
      }
    }
    return line;
  }

  /// The words of all lines as numbers, `<eos>` after each line.
  Tensor numbers(ToIntFunction<String> number) {
    long[] numbers = new long[text.length() / 2 + 16];
    int count = 0;
    for (String line : lines()) {
      List<String> words = words(line);
      if (count + words.size() + 1 > numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * (count + words.size() + 1));
      }
      for (String word : words) numbers[count++] = number.applyAsInt(word);
      numbers[count++] = number.applyAsInt(Dictionary.END);
    }
    return Tensor.of(Arrays.copyOf(numbers, count));
  }

  /// A line ends at `\n`, `\r` or both; the last one may end with the file.
  private List<String> lines() {
    String[] lines = text.split("\r\n|\r|\n", -1);
    boolean ended = lines[lines.length - 1].isEmpty();
    return Arrays.asList(lines).subList(0, lines.length - (ended ? 1 : 0));
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
