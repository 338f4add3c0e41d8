package dev.microtome.models.chat;

/// One piece of a template.
///
/// @param text the text itself, an operator, a name, or a string without its quotes
/// @param line where it begins, from 1
record Token(Kind kind, String text, int line) {
  enum Kind {
    TEXT,
    VALUE_BEGIN,
    VALUE_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /// For messages.
  String shown() {
    return switch (kind) {
      case END -> "the end of the template";
      case TEXT -> "text";
      case VALUE_BEGIN -> "\"{{\"";
      case VALUE_END -> "\"}}\"";
      case BLOCK_BEGIN -> "\"{%\"";
      case BLOCK_END -> "\"%}\"";
      default -> "\"" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "\"";
    };
  }
}
