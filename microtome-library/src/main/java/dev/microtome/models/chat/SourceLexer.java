package dev.microtome.models.chat;

import dev.microtome.models.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Cuts a template into text and tags, with Jinja's `trim_blocks` and `lstrip_blocks`: the first
/// newline after a block is dropped, and so is white space between the start of a line and a block.
/// A `-` inside a tag drops all white space on its side, a `+` keeps it.
final class SourceLexer {
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarts = true;

  private SourceLexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    return new SourceLexer(source).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int open = nextTag();
      if (open < 0) {
        text(source.substring(at));
        at = source.length();
      } else {
        tag(open);
      }
    }
    tokens.add(new Token(Kind.END, "", line));
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private void tag(int open) {
    char kind = source.charAt(open + 1);
    int body = open + 2;
    char sign = body < source.length() ? source.charAt(body) : ' ';
    text(before(source.substring(at, open), kind, sign));
    at = sign == '-' || sign == '+' ? body + 1 : body;
    switch (kind) {
      case '#' -> comment();
      case '%' -> block();
      default -> expression(Kind.VALUE_BEGIN, Kind.VALUE_END, "}}");
    }
  }

  /// The text before a tag, without the white space the tag takes away.
  private String before(String text, char kind, char sign) {
    int newlines = newlines(text);
    String kept = text;
    if (sign == '-') {
      kept = text.stripTrailing();
    } else if (sign != '+' && kind != '{') {
      int start = text.lastIndexOf('\n') + 1;
      if ((start > 0 || lineStarts) && text.substring(start).isBlank()) {
        kept = text.substring(0, start);
      }
    }
    line += newlines - newlines(kept); // text() counts the rest
    return kept;
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Kind.TEXT, text, line));
      line += newlines(text);
    }
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw new TemplateFault(line, "a comment is not closed; add \"#}\"");
    }
    line += newlines(source.substring(at, end));
    char sign = end > at ? source.charAt(end - 1) : ' ';
    at = end + 2;
    after(sign, true);
  }

  private void block() {
    int start = skipBlanks(at);
    if (source.startsWith("raw", start) && closes(skipBlanks(start + 3))) {
      raw(skipBlanks(start + 3));
    } else {
      expression(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
    }
  }

  private void expression(Kind begin, Kind end, String close) {
    tokens.add(new Token(begin, "", line));
    var lexer = new ExpressionLexer(source, at, line, close, tokens);
    lexer.run();
    line = lexer.line();
    tokens.add(new Token(end, "", line));
    at = lexer.end();
    after(lexer.sign(), end == Kind.BLOCK_END);
  }

  /// `{% raw %}` … `{% endraw %}`: what stands between is text.
  private void raw(int close) {
    int begin = endOfTag(close);
    for (int open = source.indexOf("{%", begin); open >= 0; open = source.indexOf("{%", open + 2)) {
      char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
      int word = skipBlanks(sign == '-' || sign == '+' ? open + 3 : open + 2);
      if (source.startsWith("endraw", word) && closes(skipBlanks(word + 6))) {
        boolean strips = source.charAt(close) == '-';
        String text = source.substring(begin, open);
        text(before(strips ? text.stripLeading() : text, '%', sign));
        int end = skipBlanks(word + 6);
        at = endOfTag(end);
        after(source.charAt(end), true);
        return;
      }
    }
    throw new TemplateFault(line, "\"raw\" is not closed; add \"{% endraw %}\"");
  }

  private boolean closes(int index) {
    return source.startsWith("%}", index)
        || source.startsWith("-%}", index)
        || source.startsWith("+%}", index);
  }

  private int endOfTag(int close) {
    return close + (source.charAt(close) == '%' ? 2 : 3);
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < source.length() && Character.isWhitespace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /// Takes the white space after a tag that the tag takes away.
  private void after(char sign, boolean trims) {
    int from = at;
    if (sign == '-') {
      at = skipBlanks(at);
    } else if (trims && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    line += newlines(source.substring(from, at));
    lineStarts = at > from && source.charAt(at - 1) == '\n';
  }

  private static int newlines(String text) {
    return (int) text.chars().filter(c -> c == '\n').count();
  }
}
