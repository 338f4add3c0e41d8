package dev.microtome.models.chat;

import dev.microtome.models.chat.Token.Kind;
import java.util.List;

/// Reads tokens one after the other, and minds how deep the template is nested.
final class TokenReader {
  private static final int MAX_DEPTH = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenReader(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token next() {
    return tokens.get(at == tokens.size() - 1 ? at : at++);
  }

  int line() {
    return peek().line();
  }

  boolean sees(Kind kind) {
    return peek().kind() == kind;
  }

  boolean seesOperator(String operator) {
    return peek().isOperator(operator);
  }

  boolean seesName(String name) {
    return peek().isName(name);
  }

  /// Whether the token after the next one is this name.
  boolean thenName(String name) {
    return at + 1 < tokens.size() && tokens.get(at + 1).isName(name);
  }

  boolean take(String operator) {
    if (seesOperator(operator)) {
      next();
      return true;
    }
    return false;
  }

  boolean takeName(String name) {
    if (seesName(name)) {
      next();
      return true;
    }
    return false;
  }

  void expect(String operator) {
    if (!take(operator)) {
      throw unexpected("\"" + operator + "\"");
    }
  }

  void expectName(String name) {
    if (!takeName(name)) {
      throw unexpected("\"" + name + "\"");
    }
  }

  Token expect(Kind kind, String what) {
    if (!sees(kind)) {
      throw unexpected(what);
    }
    return next();
  }

  TemplateFault unexpected(String wanted) {
    return new TemplateFault(line(), "expected " + wanted + ", found " + peek().shown());
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new TemplateFault(line(), "it is nested more than " + MAX_DEPTH + " deep; flatten it");
    }
  }

  void leave() {
    depth--;
  }
}
