package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/// The methods of a string, named as Python's.
final class StringMethods {
  private static final Set<String> NAMES =
      Set.of(
          "strip",
          "lstrip",
          "rstrip",
          "upper",
          "lower",
          "title",
          "capitalize",
          "swapcase",
          "startswith",
          "endswith",
          "replace",
          "split",
          "rsplit",
          "splitlines",
          "join",
          "find",
          "rfind",
          "index",
          "count",
          "isdigit",
          "isalpha",
          "isalnum",
          "isspace",
          "isupper",
          "islower",
          "removeprefix",
          "removesuffix",
          "zfill",
          "partition",
          "rpartition");

  private StringMethods() {}

  static boolean has(String name) {
    return NAMES.contains(name);
  }

  static Object call(String text, Arguments arguments, Budget budget) {
    budget.make(text.length());
    return switch (arguments.what()) {
      case "strip", "lstrip", "rstrip" -> strip(text, arguments);
      case "startswith", "endswith" -> affix(text, arguments);
      case "replace" -> {
        var bound = arguments.bind("old", "new", "count");
        yield replace(text, bound.text("old"), bound.text("new"), bound.whole("count", -1), budget);
      }
      case "split", "rsplit" -> split(text, arguments);
      case "join" -> join(text, arguments.bind("items").get("items"), budget);
      case "find", "rfind", "index", "count" -> search(text, arguments);
      case "removeprefix" -> {
        String prefix = arguments.bind("prefix").text("prefix");
        yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      }
      case "removesuffix" -> {
        String suffix = arguments.bind("suffix").text("suffix");
        yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
      }
      case "zfill" -> {
        int width = arguments.bind("width").whole("width", 0);
        budget.make(Math.max(0, width));
        yield "0".repeat(Math.max(0, width - Values.length(text))) + text;
      }
      case "partition", "rpartition" -> partition(text, arguments);
      default -> plain(text, arguments);
    };
  }

  private static Object plain(String text, Arguments arguments) {
    if (arguments.what().equals("splitlines")) {
      return new ArrayList<Object>(text.lines().toList());
    }
    arguments.bind();
    return switch (arguments.what()) {
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> title(text);
      case "capitalize" -> capitalize(text);
      case "swapcase" -> swapCase(text);
      case "isdigit" -> all(text, Character::isDigit);
      case "isalpha" -> all(text, Character::isLetter);
      case "isalnum" -> all(text, Character::isLetterOrDigit);
      case "isspace" -> all(text, StringMethods::isSpace);
      case "isupper" -> cased(text) && text.equals(text.toUpperCase(Locale.ROOT));
      default -> cased(text) && text.equals(text.toLowerCase(Locale.ROOT));
    };
  }

  private static boolean all(String text, IntPredicate condition) {
    return !text.isEmpty() && text.codePoints().allMatch(condition);
  }

  private static boolean cased(String text) {
    return text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
  }

  /// White space as Python's `str.isspace` has it, the no-break spaces included.
  static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  static String title(String text) {
    var out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  static String capitalize(String text) {
    int first = text.isEmpty() ? 0 : text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String swapCase(String text) {
    var out = new StringBuilder();
    text.codePoints()
        .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
        .forEach(out::appendCodePoint);
    return out.toString();
  }

  private static String strip(String text, Arguments arguments) {
    var bound = arguments.bind("chars");
    Object chars = bound.get("chars", None.NONE);
    String set = chars == None.NONE ? "" : bound.text("chars");
    IntPredicate drops = chars == None.NONE ? StringMethods::isSpace : c -> set.indexOf(c) >= 0;
    return strip(
        text, drops, !arguments.what().equals("rstrip"), !arguments.what().equals("lstrip"));
  }

  /// Without the characters at the ends that `drops` holds for.
  static String strip(String text, IntPredicate drops, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && drops.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && to > from && drops.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static boolean affix(String text, Arguments arguments) {
    Object given = arguments.bind("affix").get("affix");
    for (Object one : given instanceof Tuple many ? many : List.of(given)) {
      if (!(one instanceof String affix)) {
        throw new TemplateFault(arguments.what() + " wants strings, got " + Values.kind(one));
      }
      if (arguments.what().equals("startswith") ? text.startsWith(affix) : text.endsWith(affix)) {
        return true;
      }
    }
    return false;
  }

  static String replace(String text, String old, String fresh, int count, Budget budget) {
    if (old.isEmpty()) {
      throw new TemplateFault("replace wants something to look for, got an empty string");
    }
    var out = new StringBuilder();
    int from = 0;
    int done = 0;
    for (int at = text.indexOf(old);
        at >= 0 && done != count;
        at = text.indexOf(old, from), done++) {
      budget.make(fresh.length());
      out.append(text, from, at).append(fresh);
      from = at + old.length();
    }
    return out.append(text, from, text.length()).toString();
  }

  private static Object split(String text, Arguments arguments) {
    var bound = arguments.bind("sep", "maxsplit");
    int most = bound.whole("maxsplit", -1);
    if (bound.get("sep", None.NONE) == None.NONE) {
      return words(text, most);
    }
    String separator = bound.text("sep");
    if (separator.isEmpty()) {
      throw new TemplateFault("split wants a separator, got an empty string");
    }
    boolean fromRight = arguments.what().equals("rsplit");
    var parts = new ArrayList<Object>();
    int left = 0;
    int right = text.length();
    while (parts.size() != most) {
      int at =
          fromRight
              ? text.lastIndexOf(separator, right - separator.length())
              : text.indexOf(separator, left);
      if (at < 0) {
        break;
      }
      int after = at + separator.length();
      parts.add(fromRight ? text.substring(after, right) : text.substring(left, at));
      left = fromRight ? left : after;
      right = fromRight ? at : right;
    }
    parts.add(text.substring(left, right));
    return fromRight ? new ArrayList<>(parts.reversed()) : parts;
  }

  /// What stands between white space, the last of at most `most` + 1 words with all that follows.
  static List<Object> words(String text, int most) {
    var words = new ArrayList<Object>();
    int from = 0;
    while (from < text.length()) {
      int c = text.codePointAt(from);
      if (isSpace(c)) {
        from += Character.charCount(c);
      } else if (words.size() == most) {
        words.add(strip(text.substring(from), StringMethods::isSpace, false, true));
        return words;
      } else {
        int end = from;
        while (end < text.length() && !isSpace(text.codePointAt(end))) {
          end += Character.charCount(text.codePointAt(end));
        }
        words.add(text.substring(from, end));
        from = end;
      }
    }
    return words;
  }

  private static Object partition(String text, Arguments arguments) {
    String separator = arguments.bind("sep").text("sep");
    boolean right = arguments.what().equals("rpartition");
    int at = right ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (at < 0) {
      return new Tuple(right ? List.of("", "", text) : List.of(text, "", ""));
    }
    return new Tuple(
        List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
  }

  private static Object search(String text, Arguments arguments) {
    String wanted = arguments.bind("sub").text("sub");
    if (arguments.what().equals("count")) {
      long count = 0;
      for (int at = text.indexOf(wanted);
          at >= 0 && !wanted.isEmpty();
          at = text.indexOf(wanted, at + wanted.length())) {
        count++;
      }
      return wanted.isEmpty() ? Values.length(text) + 1L : count;
    }
    int at = arguments.what().equals("rfind") ? text.lastIndexOf(wanted) : text.indexOf(wanted);
    if (at < 0 && arguments.what().equals("index")) {
      throw new TemplateFault("index: the string does not hold that");
    }
    return at < 0 ? -1L : (long) text.codePointCount(0, at);
  }

  static String join(String separator, Object items, Budget budget) {
    var out = new StringBuilder();
    boolean first = true;
    for (Object item : Values.items(items, budget)) {
      String text = Texts.of(item, budget);
      budget.make((long) text.length() + separator.length());
      out.append(first ? "" : separator).append(text);
      first = false;
    }
    budget.make(out.length());
    return out.toString();
  }
}
