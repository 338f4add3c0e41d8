package dev.microtome.bench.soak;

import java.util.Arrays;
import java.util.Random;

/// One small change to some bytes.
final class Mutation {
  private static final String[] PIECES = {
    "\r\n",
    "\r",
    "\n",
    "\0",
    "%00",
    "..",
    "\"",
    "{",
    "[",
    "]",
    "}",
    ":",
    "-1",
    "99999999999999999999",
    "1e999",
    "\u00ff\u00fe",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "ffffffff\r\n",
    "{\"node\":0}",
    "\"save\":true",
    "\\ud800",
    "null",
    "NaN",
    "aten::add"
  };

  private Mutation() {}

  static byte[] of(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    int at = random.nextInt(bytes.length);
    int length = 1 + random.nextInt(Math.min(16, bytes.length - at));
    return switch (random.nextInt(5)) {
      case 0 -> {
        byte[] changed = bytes.clone();
        changed[at] = (byte) random.nextInt(256);
        yield changed;
      }
      case 1 -> Arrays.copyOf(bytes, at); // cut
      case 2 -> insert(bytes, at, Arrays.copyOfRange(bytes, at, at + length)); // doubled
      case 3 -> remove(bytes, at, length);
      default -> {
        String piece = PIECES[random.nextInt(PIECES.length)];
        yield insert(bytes, at, piece.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      }
    };
  }

  private static byte[] insert(byte[] bytes, int at, byte[] piece) {
    byte[] changed = new byte[bytes.length + piece.length];
    System.arraycopy(bytes, 0, changed, 0, at);
    System.arraycopy(piece, 0, changed, at, piece.length);
    System.arraycopy(bytes, at, changed, at + piece.length, bytes.length - at);
    return changed;
  }

  private static byte[] remove(byte[] bytes, int at, int length) {
    byte[] changed = new byte[bytes.length - length];
    System.arraycopy(bytes, 0, changed, 0, at);
    System.arraycopy(bytes, at + length, changed, at, bytes.length - at - length);
    return changed;
  }
}
