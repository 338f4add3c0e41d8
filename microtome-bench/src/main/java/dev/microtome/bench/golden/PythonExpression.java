package dev.microtome.bench.golden;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The few Python expressions that goldens of an API are written in: names, calls with keywords,
/// subscripts, texts, numbers, tuples, lists, sets and dictionaries.
sealed interface PythonExpression {
  record Name(String dotted) implements PythonExpression {}

  record Text(String value) implements PythonExpression {}

  record Numeral(double value) implements PythonExpression {}

  /// A list, tuple or set.
  record Items(char kind, List<PythonExpression> items) implements PythonExpression {}

  record Dictionary(Map<PythonExpression, PythonExpression> entries) implements PythonExpression {}

  record Call(
      PythonExpression function, List<PythonExpression> args, Map<String, PythonExpression> named)
      implements PythonExpression {}

  record Subscript(PythonExpression of, PythonExpression index) implements PythonExpression {}

  static PythonExpression parse(String text) {
    var parser = new Parser(text);
    PythonExpression found = parser.expression();
    parser.end();
    return found;
  }

  /// A parser by descent.
  final class Parser {
    private final String text;
    private int at;

    private Parser(String text) {
      this.text = text;
    }

    private PythonExpression expression() {
      PythonExpression found = atom();
      while (true) {
        if (take('(')) {
          found = call(found);
        } else if (take('[')) {
          found = new Subscript(found, expression());
          expect(']');
        } else {
          return found;
        }
      }
    }

    private PythonExpression atom() {
      blanks();
      char c = peek();
      if (c == '\'' || c == '"') {
        return text(c);
      }
      if (c == '{') {
        return braces();
      }
      if (c == '[' || c == '(') {
        at++;
        return new Items(c, items(c == '[' ? ']' : ')'));
      }
      String word = word();
      return Character.isDigit(word.charAt(0)) || word.charAt(0) == '.' || word.charAt(0) == '-'
          ? new Numeral(Double.parseDouble(word))
          : new Name(word);
    }

    private PythonExpression text(char quote) {
      int end = text.indexOf(quote, at + 1);
      if (end < 0) throw fault("a text does not end");
      String value = text.substring(at + 1, end);
      at = end + 1;
      return new Text(value);
    }

    private String word() {
      int from = at;
      while (at < text.length()
          && (Character.isLetterOrDigit(peek()) || "._-".indexOf(peek()) >= 0)) {
        at++;
      }
      if (from == at) throw fault("a name or number is missing");
      return text.substring(from, at);
    }

    private PythonExpression braces() {
      expect('{');
      var entries = new LinkedHashMap<PythonExpression, PythonExpression>();
      var items = new ArrayList<PythonExpression>();
      while (!take('}')) {
        PythonExpression key = expression();
        if (take(':')) entries.put(key, expression());
        else items.add(key);
        take(',');
      }
      return items.isEmpty() ? new Dictionary(entries) : new Items('{', items);
    }

    private List<PythonExpression> items(char close) {
      var items = new ArrayList<PythonExpression>();
      while (!take(close)) {
        items.add(expression());
        take(',');
      }
      return items;
    }

    private PythonExpression call(PythonExpression function) {
      var args = new ArrayList<PythonExpression>();
      var named = new LinkedHashMap<String, PythonExpression>();
      while (!take(')')) {
        PythonExpression arg = expression();
        if (arg instanceof Name(String key) && take('=')) named.put(key, expression());
        else args.add(arg);
        take(',');
      }
      return new Call(function, args, named);
    }

    private boolean take(char c) {
      blanks();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (!take(c)) throw fault("'" + c + "' is missing");
    }

    private void blanks() {
      while (at < text.length() && text.charAt(at) == ' ') at++;
    }

    private char peek() {
      if (at >= text.length()) throw fault("the expression ends too early");
      return text.charAt(at);
    }

    private void end() {
      blanks();
      if (at < text.length()) throw fault("something follows");
    }

    private IllegalArgumentException fault(String why) {
      return new IllegalArgumentException("%s at %d of %s".formatted(why, at, text));
    }
  }
}
