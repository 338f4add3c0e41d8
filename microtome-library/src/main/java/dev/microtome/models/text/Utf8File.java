package dev.microtome.models.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads text files strictly: bytes that are no UTF-8 are refused with their line, not replaced.
public final class Utf8File {
  private static final long MOST_BYTES = 1L << 30;

  private Utf8File() {}

  /// The text of a file.
  ///
  /// @throws CorpusException when it is missing, empty or not UTF-8
  public static String read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CorpusException(file, "is missing", "give the path of a text file");
    }
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new CorpusException(
            file, "has more than %d bytes".formatted(MOST_BYTES), "give a part of it");
      }
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length == 0) {
        throw new CorpusException(file, "is empty", "give a text with at least one line");
      }
      return decode(file, bytes);
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
}
