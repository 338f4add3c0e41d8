package dev.microtome.models.chat;

import dev.microtome.models.chat.Token.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Cuts the inside of one tag into tokens, up to its closing.
final class ExpressionLexer {
  private static final List<String> PAIRS = List.of("//", "**", "==", "!=", ">=", "<=");
  private static final String SINGLES = "+-*/%~()[]{}<>=.:|,";

  private final String source;
  private final String close;
  private final List<Token> tokens;
  private final Deque<Character> open = new ArrayDeque<>();
  private int at;
  private int line;
  private char sign = ' ';

  ExpressionLexer(String source, int from, int line, String close, List<Token> tokens) {
    this.source = source;
    this.at = from;
    this.line = line;
    this.close = close;
    this.tokens = tokens;
  }

  int end() {
    return at;
  }

  int line() {
    return line;
  }

  /// The sign before the closing: `-`, `+` or a blank.
  char sign() {
    return sign;
  }

  void run() {
    while (!closed()) {
      if (at >= source.length()) {
        throw new TemplateFault(line, "a tag is not closed; add \"" + close + "\"");
      }
      char c = source.charAt(at);
      if (Character.isWhitespace(c)) {
        line += c == '\n' ? 1 : 0;
        at++;
      } else if (c == '"' || c == '\'') {
        string(c);
      } else if (c >= '0' && c <= '9') {
        number();
      } else if (c == '_' || Character.isLetter(source.codePointAt(at))) {
        name();
      } else {
        operator(c);
      }
    }
  }

  private boolean closed() {
    if (!open.isEmpty()) {
      return false;
    }
    if (source.startsWith(close, at)) {
      at += 2;
      return true;
    }
    boolean plus = close.equals("%}") && source.startsWith("+" + close, at);
    if (plus || source.startsWith("-" + close, at)) {
      sign = source.charAt(at);
      at += 3;
      return true;
    }
    return false;
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw new TemplateFault(line, "a string is not closed; add " + quote);
    }
    String raw = source.substring(at + 1, end);
    add(Kind.STRING, StringLiteral.unescaped(raw, line));
    line += (int) raw.chars().filter(c -> c == '\n').count();
    at = end + 1;
  }

  private void number() {
    int end = digits(at);
    boolean whole = true;
    if (end + 1 < source.length() && source.charAt(end) == '.' && isDigit(end + 1)) {
      end = digits(end + 1);
      whole = false;
    }
    if (end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
      int exponent = end + 1;
      if (exponent < source.length() && "+-".indexOf(source.charAt(exponent)) >= 0) {
        exponent++;
      }
      if (isDigit(exponent)) {
        end = digits(exponent);
        whole = false;
      }
    }
    add(whole ? Kind.INTEGER : Kind.FLOAT, source.substring(at, end).replace("_", ""));
    at = end;
  }

  private int digits(int from) {
    int end = from;
    while (isDigit(end) || (end > from && end < source.length() && source.charAt(end) == '_')) {
      end++;
    }
    return end;
  }

  private boolean isDigit(int index) {
    return index < source.length() && source.charAt(index) >= '0' && source.charAt(index) <= '9';
  }

  private void name() {
    int end = at;
    while (end < source.length()) {
      int c = source.codePointAt(end);
      if (c != '_' && !Character.isLetterOrDigit(c)) {
        break;
      }
      end += Character.charCount(c);
    }
    add(Kind.NAME, source.substring(at, end));
    at = end;
  }

  private void operator(char c) {
    String text = String.valueOf(c);
    for (String pair : PAIRS) {
      text = source.startsWith(pair, at) ? pair : text;
    }
    if (text.length() == 1 && SINGLES.indexOf(c) < 0) {
      throw new TemplateFault(line, "unexpected character \"" + c + "\"");
    }
    balance(c);
    add(Kind.OPERATOR, text);
    at += text.length();
  }

  private void balance(char c) {
    int opening = "([{".indexOf(c);
    if (opening >= 0) {
      open.push(")]}".charAt(opening));
    } else if (")]}".indexOf(c) >= 0 && (open.isEmpty() || open.pop() != c)) {
      throw new TemplateFault(line, "\"" + c + "\" closes nothing");
    }
  }
}
