package dev.microtome.models.chat;

/// A chat template that can't be read or refuses a conversation. The message reads `chat template,
/// line N: REASON`.
public final class ChatTemplateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final String reason;

  ChatTemplateException(int line, String reason) {
    super((line > 0 ? "chat template, line " + line : "chat template") + ": " + reason);
    this.line = line;
    this.reason = reason;
  }

  /// The line of the template, from 1; 0 when none is at fault.
  public int line() {
    return line;
  }

  /// What is wrong. When the template itself refused the conversation, its own words.
  public String reason() {
    return reason;
  }
}
