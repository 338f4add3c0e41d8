package dev.microtome.models.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Translates a pattern in Oniguruma's Ruby syntax, in which `tokenizer.json` writes them, to
/// `java.util.regex`. What the two spell differently: `^ $` always at lines, `(?m)` for a dot that
/// takes newlines, `\h` for hexadecimal digits, `\w \d \s` by Unicode, `[[:alpha:]]`, `\p{^L}`,
/// property names in any case, and `{n,m}+`, which repeats and is not possessive.
final class OnigurumaPattern {
  private static final int MAX_LENGTH = 20_000;
  private static final int FLAGS =
      Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE;
  private static final String WORD = "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}";

  /// Outside a set `\w` also takes the numbers of Latin-1 that are no digits.
  private static final String LONE_WORD = "[" + WORD + "\\xB2\\xB3\\xB9\\xBC-\\xBE]";

  private static final String WORD_EDGE =
      "(?:(?<=%1$s)(?!%1$s)|(?<!%1$s)(?=%1$s))".formatted(LONE_WORD);
  private static final String NO_WORD_EDGE =
      "(?:(?<=%1$s)(?=%1$s)|(?<!%1$s)(?!%1$s))".formatted(LONE_WORD);

  private static final Map<String, String> NAMED =
      Map.ofEntries(
          Map.entry("word", WORD),
          Map.entry("alpha", "\\p{IsAlphabetic}"),
          Map.entry("alnum", "\\p{IsAlphabetic}\\p{Nd}"),
          Map.entry("digit", "\\p{Nd}"),
          Map.entry("space", "\\p{IsWhite_Space}"),
          Map.entry("blank", "\\p{Zs}\\t"),
          Map.entry("upper", "\\p{IsUppercase}"),
          Map.entry("lower", "\\p{IsLowercase}"),
          Map.entry("punct", "\\p{P}"),
          Map.entry("cntrl", "\\p{Cc}"),
          Map.entry("xdigit", "0-9a-fA-F"),
          Map.entry("ascii", "\\x00-\\x7F"),
          Map.entry("any", "\\x{0}-\\x{10FFFF}"));

  private final Field field;
  private final String in;
  private final StringBuilder out = new StringBuilder();
  private final Deque<Integer> groups = new ArrayDeque<>();
  private int at;

  /// Where the last thing that can be repeated begins in `out`.
  private int atom;

  private OnigurumaPattern(Field field, String in) {
    this.field = field;
    this.in = in;
  }

  static Pattern compile(Field field) {
    String regex = field.string();
    if (regex.length() > MAX_LENGTH) {
      throw field.wrong(
          "the pattern has " + regex.length() + " characters", "use at most " + MAX_LENGTH);
    }
    try {
      return Pattern.compile(new OnigurumaPattern(field, regex).translate(), FLAGS);
    } catch (PatternSyntaxException e) {
      throw field.wrong(
          "the pattern " + Field.shortened(regex) + " is not understood: " + e.getDescription(),
          "correct the pattern");
    } catch (StackOverflowError | IndexOutOfBoundsException | IllegalStateException e) {
      throw field.wrong(
          "the pattern " + Field.shortened(regex) + " is too deep or broken off",
          "correct the pattern");
    }
  }

  private String translate() {
    while (at < in.length()) {
      char c = in.charAt(at);
      switch (c) {
        case '\\' -> {
          atom = out.length();
          out.append(escape(false));
        }
        case '[' -> {
          atom = out.length();
          charClass();
        }
        case '(' -> open();
        case ')' -> {
          atom = groups.isEmpty() ? out.length() : groups.pop();
          literal(c);
        }
        case '{' -> repeat();
        case '*', '+', '?', '|' -> literal(c);
        default -> {
          atom = out.length();
          int whole = in.codePointAt(at);
          out.appendCodePoint(whole);
          at += Character.charCount(whole);
        }
      }
    }
    // A look behind steps back over surrogate pairs only if a pair is written behind it.
    return out.indexOf("(?<") < 0 ? out.toString() : out.append("(?:\uD835\uDD18){0}").toString();
  }

  private void literal(char c) {
    out.append(c);
    at++;
  }

  private void open() {
    if (in.startsWith("(?#", at)) {
      int end = in.indexOf(')', at);
      at = end < 0 ? in.length() : end + 1;
      return;
    }
    groups.push(out.length());
    literal('(');
    if (at >= in.length() || in.charAt(at) != '?') {
      return;
    }
    literal('?');
    boolean bare = false;
    while (at < in.length() && "imx-".indexOf(in.charAt(at)) >= 0) {
      char flag = in.charAt(at++);
      out.append(flag == 'm' ? 's' : flag);
      bare = true;
    }
    if (bare && at < in.length() && in.charAt(at) != ':' && in.charAt(at) != ')') {
      throw field.wrong("has an option " + in.charAt(at) + " that is not i, m or x", "remove it");
    }
  }

  /// `{n,m}`: a brace that begins no repetition stands for itself, `{,m}` begins at 0.
  private void repeat() {
    int end = in.indexOf('}', at);
    String inside = end < 0 ? "" : in.substring(at + 1, end);
    if (!inside.matches("\\d{1,6}(,\\d{0,6})?|,\\d{1,6}")) {
      atom = out.length();
      out.append("\\{");
      at++;
      return;
    }
    out.append('{').append(inside.startsWith(",") ? "0" : "").append(inside).append('}');
    at = end + 1;
    boolean again = at < in.length() && in.charAt(at) == '+';
    boolean maybe = at < in.length() && in.charAt(at) == '?' && inside.indexOf(',') < 0;
    if (again || maybe) {
      out.insert(atom, "(?:").append(')');
    }
  }

  /// One backslash and what belongs to it.
  private String escape(boolean inClass) {
    char c = in.charAt(at + 1);
    at += 2;
    return switch (c) {
      case 'w' -> inClass ? WORD : LONE_WORD;
      case 'W' -> inClass ? "[^" + WORD + "]" : "[^" + LONE_WORD + "]";
      case 'b' -> inClass ? "\\x08" : WORD_EDGE;
      case 'B' -> inClass ? "B" : NO_WORD_EDGE;
      case 'd' -> "\\p{Nd}";
      case 'D' -> "\\P{Nd}";
      case 's' -> "\\p{IsWhite_Space}";
      case 'S' -> "\\P{IsWhite_Space}";
      case 'h' -> set("0-9a-fA-F", false, inClass);
      case 'H' -> set("0-9a-fA-F", true, inClass);
      case 'v' -> "\\x0B";
      case 'p', 'P' -> property(c == 'P', inClass);
      case 'K', 'N', 'O', 'Q', 'E', 'y', 'Y', 'X', 'g', 'C', 'M' ->
          throw field.wrong("uses \\" + c + ", which has no counterpart", "rewrite the pattern");
      default -> "\\" + c;
    };
  }

  private static String set(String members, boolean negated, boolean inClass) {
    return !negated && inClass ? members : (negated ? "[^" : "[") + members + "]";
  }

  private String property(boolean capital, boolean inClass) {
    if (at >= in.length() || in.charAt(at) != '{') {
      throw field.wrong("has \\p without {", "name the property in braces");
    }
    int end = in.indexOf('}', at);
    if (end < 0) {
      throw field.wrong("has \\p{ without }", "close the brace");
    }
    String name = in.substring(at + 1, end);
    at = end + 1;
    boolean negated = capital ^ name.startsWith("^");
    return named(name.startsWith("^") ? name.substring(1) : name, negated, inClass);
  }

  private static String named(String name, boolean negated, boolean inClass) {
    String plain = name.replaceAll("[ _-]", "").toLowerCase(Locale.ROOT);
    if (plain.equals("word") && !inClass) {
      return negated ? "[^" + LONE_WORD + "]" : LONE_WORD;
    }
    String posix = NAMED.get(plain);
    if (posix != null) {
      return set(posix, negated, inClass);
    }
    String category = Categories.shortName(plain);
    return (negated ? "\\P{" : "\\p{") + (category == null ? "Is" + name : category) + "}";
  }

  private void charClass() {
    int depth = 0;
    do {
      char c = in.charAt(at);
      if (c == '[' && in.startsWith("[:", at) && in.indexOf(":]", at) > 0) {
        int end = in.indexOf(":]", at);
        String name = in.substring(at + 2, end);
        at = end + 2;
        boolean negated = name.startsWith("^");
        name = negated ? name.substring(1) : name;
        out.append(
            name.equals("punct") // with symbols here, without them in \p{Punct}
                ? set("\\p{P}\\p{S}", negated, true)
                : named(name, negated, true));
      } else if (c == '[') {
        depth++;
        literal(c);
        if (at < in.length() && in.charAt(at) == '^') {
          literal('^');
        }
        if (at < in.length() && in.charAt(at) == ']') {
          out.append("\\]"); // the first bracket in a set stands for itself
          at++;
        }
      } else if (c == ']') {
        depth--;
        literal(c);
      } else if (c == '\\') {
        out.append(escape(true));
      } else {
        literal(c);
      }
    } while (depth > 0);
  }
}
