package dev.microtome.adapt;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A regular expression over layer paths from a file of strangers: its length and its steps are
/// bounded, so that none runs without end.
final class PathPattern {
  private static final int LONGEST = 2000;
  private static final int MOST_LOOKS = 1_000_000;

  private final String text;
  private final Pattern pattern;

  private PathPattern(String text, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /// @throws IllegalArgumentException when it is no pattern, or too long
  static PathPattern of(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          "a pattern of %d characters is too long for layer paths".formatted(text.length()));
    }
    try {
      return new PathPattern(text, Pattern.compile(text));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "'%s' is no regular expression: %s".formatted(text, e.getDescription()), e);
    }
  }

  /// A path that is `key` or ends with a dot and it, where `key` may be a pattern itself.
  static PathPattern suffix(String key) {
    return of("(.*\\.)?(" + key + ")");
  }

  /// Whether the whole path fits.
  boolean fits(String path) {
    try {
      return pattern.matcher(new Watched(path)).matches();
    } catch (TooManyLooks | StackOverflowError e) {
      throw endless(path, e);
    }
  }

  /// The first group where the whole path fits, else nothing.
  String group(String path) {
    try {
      var matcher = pattern.matcher(new Watched(path));
      return matcher.matches() ? path.substring(matcher.start(1), matcher.end(1)) : "";
    } catch (TooManyLooks | StackOverflowError e) {
      throw endless(path, e);
    }
  }

  private IllegalArgumentException endless(String path, Throwable e) {
    return new IllegalArgumentException(
        "the pattern '%s' takes too long on '%s'".formatted(text, path), e);
  }

  private static final class Watched implements CharSequence {
    private final String path;
    private int left = MOST_LOOKS;

    Watched(String path) {
      this.path = path;
    }

    @Override
    public char charAt(int index) {
      if (--left < 0) {
        throw new TooManyLooks();
      }
      return path.charAt(index);
    }

    @Override
    public int length() {
      return path.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return path.substring(start, end);
    }

    @Override
    public String toString() {
      return path;
    }
  }

  private static final class TooManyLooks extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyLooks() {
      super("too many looks at a path", null, false, false);
    }
  }
}
