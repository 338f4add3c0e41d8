package dev.microtome.models.tokenizer;

/// Decodes UTF-8 byte by byte. What is no UTF-8 becomes U+FFFD, one for each longest beginning of a
/// character (as the WHATWG encoding standard has it); an unfinished character is waited for.
final class Utf8Stream {
  private int codePoint;
  private int missing;
  private int lower = 0x80;
  private int upper = 0xBF;

  void accept(int b, StringBuilder out) {
    if (missing > 0) {
      if (b >= lower && b <= upper) {
        codePoint = (codePoint << 6) | (b & 0x3F);
        lower = 0x80;
        upper = 0xBF;
        if (--missing == 0) {
          out.appendCodePoint(codePoint);
        }
        return;
      }
      finish(out);
    }
    begin(b, out);
  }

  private void begin(int b, StringBuilder out) {
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xC2 && b <= 0xDF) {
      missing = 1;
      codePoint = b & 0x1F;
    } else if (b >= 0xE0 && b <= 0xEF) {
      missing = 2;
      codePoint = b & 0xF;
      lower = b == 0xE0 ? 0xA0 : 0x80;
      upper = b == 0xED ? 0x9F : 0xBF;
    } else if (b >= 0xF0 && b <= 0xF4) {
      missing = 3;
      codePoint = b & 0x7;
      lower = b == 0xF0 ? 0x90 : 0x80;
      upper = b == 0xF4 ? 0x8F : 0xBF;
    } else {
      out.append('\uFFFD');
    }
  }

  /// Gives up waiting.
  void finish(StringBuilder out) {
    if (missing > 0) {
      out.append('\uFFFD');
    }
    missing = 0;
    lower = 0x80;
    upper = 0xBF;
  }
}
