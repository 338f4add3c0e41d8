package dev.microtome.models.tokenizer;

import java.util.Arrays;

/// The 256 printable characters byte-level vocabularies spell bytes with: printable Latin-1 stands
/// for itself, the other 68 bytes take U+0100 and up in order (so a space is `Ġ`, a newline `Ċ`).
final class ByteAlphabet {
  static final char SPACE = 'Ġ';

  private static final char[] CHARS = new char[256];
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) -1);
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
      CHARS[b] = (char) (printable ? b : next++);
      BYTES[CHARS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  static char charOf(int unsignedByte) {
    return CHARS[unsignedByte];
  }

  /// The byte a character stands for, or -1.
  static int byteOf(char c) {
    return c < BYTES.length ? BYTES[c] : -1;
  }
}
