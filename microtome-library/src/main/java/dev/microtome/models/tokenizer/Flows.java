package dev.microtome.models.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/// The stations [Decoder]s are made of. Each holds back no more than it must to be exact.
final class Flows {
  private Flows() {}

  /// The end of the line: gathers the text.
  record Text(StringBuilder out) implements Flow {
    @Override
    public void accept(String token) {
      out.append(token);
    }

    @Override
    public void finish() {}
  }

  /// Changes each token for itself.
  record Each(Flow next, UnaryOperator<String> change) implements Flow {
    @Override
    public void accept(String token) {
      next.accept(change.apply(token));
    }

    @Override
    public void finish() {
      next.finish();
    }
  }

  /// Waits for all pieces of a fused token, for a station that must see it whole.
  static final class Whole implements Flow {
    private final Flow next;
    private final StringBuilder pieces = new StringBuilder();

    Whole(Flow next) {
      this.next = next;
    }

    @Override
    public void accept(String token) {
      pieces.append(token);
    }

    @Override
    public void finish() {
      next.accept(pieces.toString());
      next.finish();
    }
  }

  /// A blank between each two tokens.
  static final class Spaced implements Flow {
    private final Flow next;
    private boolean any;

    Spaced(Flow next) {
      this.next = next;
    }

    @Override
    public void accept(String token) {
      next.accept(any ? " " + token : token);
      any = true;
    }

    @Override
    public void finish() {
      next.finish();
    }
  }

  /// Byte-level tokens to text; an unfinished character waits for its other bytes.
  static final class Bytes implements Flow {
    private final Flow next;
    private final Utf8Stream utf8 = new Utf8Stream();

    Bytes(Flow next) {
      this.next = next;
    }

    @Override
    public void accept(String token) {
      var out = new StringBuilder();
      if (token.chars().allMatch(c -> ByteAlphabet.byteOf((char) c) >= 0)) {
        token.chars().forEach(c -> utf8.accept(ByteAlphabet.byteOf((char) c), out));
      } else {
        for (byte b : token.getBytes(StandardCharsets.UTF_8)) {
          utf8.accept(b & 0xFF, out);
        }
      }
      next.accept(out.toString());
    }

    @Override
    public void finish() {
      var out = new StringBuilder();
      utf8.finish(out);
      next.accept(out.toString());
      next.finish();
    }
  }

  /// Tokens such as `<0x0A>`: a run is read as one, so its text comes with the token behind it.
  static final class ByteRuns implements Flow {
    private final Flow next;
    private final ByteArrayOutputStream run = new ByteArrayOutputStream();

    ByteRuns(Flow next) {
      this.next = next;
    }

    @Override
    public void accept(String token) {
      int b = byteOf(token);
      if (b >= 0) {
        run.write(b);
      } else {
        flush();
        next.accept(token);
      }
    }

    private static int byteOf(String token) {
      if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
        return -1;
      }
      int high = digit(token.charAt(3));
      int low = digit(token.charAt(4));
      return low < 0 ? -1 : token.charAt(3) == '+' ? low : high < 0 ? -1 : (high << 4) | low;
    }

    private static int digit(char c) {
      return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private void flush() {
      if (run.size() == 0) {
        return;
      }
      byte[] bytes = run.toByteArray();
      run.reset();
      try {
        next.accept(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
      } catch (CharacterCodingException e) {
        for (int i = 0; i < bytes.length; i++) {
          next.accept("\uFFFD");
        }
      }
    }

    @Override
    public void finish() {
      flush();
      next.finish();
    }
  }

  /// Signs to blanks.
  static final class Blanks implements Flow {
    private final Flow next;
    private final Decoder.Blanks how;
    private final boolean fused;
    private boolean first = true;

    Blanks(Flow next, Decoder.Blanks how, boolean fused) {
      this.next = next;
      this.how = how;
      this.fused = fused;
    }

    @Override
    public void accept(String token) {
      next.accept(token.replace(how.sign(), first && how.dropsFirst() ? "" : " "));
      first = fused;
    }

    @Override
    public void finish() {
      next.finish();
    }
  }

  /// A character off the ends: of each token, or of the one fused token, whose end is held back.
  static final class Stripping implements Flow {
    private final Flow next;
    private final Decoder.Strip how;
    private final boolean fused;
    private final String sign;
    private int left;
    private String held = "";

    Stripping(Flow next, Decoder.Strip how, boolean fused) {
      this.next = next;
      this.how = how;
      this.fused = fused;
      this.sign = Character.toString(how.content());
      this.left = how.start();
    }

    @Override
    public void accept(String token) {
      String text = held + token;
      int from = 0;
      while (left > 0 && text.startsWith(sign, from)) {
        from += sign.length();
        left--;
      }
      if (from < text.length()) {
        left = 0;
      }
      int to = text.length();
      for (int n = 0;
          n < how.stop() && to > from && text.startsWith(sign, to - sign.length());
          n++) {
        to -= sign.length();
      }
      next.accept(text.substring(from, to));
      if (fused) {
        held = text.substring(to);
      } else {
        left = how.start();
      }
    }

    @Override
    public void finish() {
      next.finish();
    }
  }
}
