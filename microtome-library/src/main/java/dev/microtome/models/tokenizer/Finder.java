package dev.microtome.models.tokenizer;

import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Something that finds its occurrences in a text.
sealed interface Finder {
  Matches in(String text);

  /// A `pattern` field: `{"String": ...}` taken literally or `{"Regex": ...}`.
  static Finder read(Field pattern) {
    Field literal = pattern.object().optional("String");
    if (literal != null) {
      String needle = literal.string();
      return needle.isEmpty() ? new Known(KnownPatterns.NOTHING) : new Literal(needle);
    }
    Field regex = pattern.optional("Regex");
    if (regex == null) {
      throw pattern.wrong("has neither a String nor a Regex", "give one of the two");
    }
    return new Regex(OnigurumaPattern.compile(regex), regex.file(), regex.path());
  }

  /// Every single character of a kind.
  record Chars(IntPredicate kind) implements Finder {
    @Override
    public Matches in(String text) {
      var out = new Matches();
      int done = 0;
      for (int i = 0, next; i < text.length(); i = next) {
        int c = text.codePointAt(i);
        next = i + Character.charCount(c);
        if (kind.test(c)) {
          if (done < i) {
            out.add(done, i, false);
          }
          out.add(i, next, true);
          done = next;
        }
      }
      if (done < text.length() || text.isEmpty()) {
        out.add(done, text.length(), false);
      }
      return out;
    }
  }

  /// A string as it stands, which is not empty.
  record Literal(String needle) implements Finder {
    @Override
    public Matches in(String text) {
      var out = new Matches();
      int done = 0;
      for (int at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, done)) {
        if (done < at) {
          out.add(done, at, false);
        }
        done = at + needle.length();
        out.add(at, done, true);
      }
      if (done < text.length() || text.isEmpty()) {
        out.add(done, text.length(), false);
      }
      return out;
    }
  }

  /// A pattern of our own, known to take time linear in the text.
  record Known(Pattern pattern) implements Finder {
    @Override
    public Matches in(String text) {
      return all(pattern.matcher(text), text);
    }
  }

  /// A pattern out of a file: it may be written to take forever, so it gets a budget of steps.
  record Regex(Pattern pattern, String file, String path) implements Finder {
    @Override
    public Matches in(String text) {
      try {
        return all(pattern.matcher(new BudgetedText(text)), text);
      } catch (BudgetedText.Exhausted | StackOverflowError e) {
        throw new TokenizerFormatException(
            file,
            path,
            "the pattern backtracks without end on a text of " + text.length() + " characters",
            "simplify the pattern; nested repetitions such as (a+)+ are the usual cause");
      }
    }
  }

  private static Matches all(Matcher matcher, String text) {
    var out = new Matches();
    int done = 0;
    boolean any = false;
    while (matcher.find()) {
      int start = matcher.start();
      int end = matcher.end();
      if (start == end && ((any && start == done) || insidePair(text, start))) {
        continue; // an empty match right behind the last one is none
      }
      if (done < start) {
        out.add(done, start, false);
      }
      out.add(start, end, true);
      done = end;
      any = true;
    }
    if (done < text.length() || text.isEmpty()) {
      out.add(done, text.length(), false);
    }
    return out;
  }

  private static boolean insidePair(String text, int index) {
    return index > 0
        && index < text.length()
        && Character.isLowSurrogate(text.charAt(index))
        && Character.isHighSurrogate(text.charAt(index - 1));
  }
}
