package dev.microtome.models.chat;

/// Something wrong in a template, on its way to a [ChatTemplateException].
final class TemplateFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The line where it is known, else 0: then the line being evaluated is at fault.
  final int line;

  final String reason;

  TemplateFault(int line, String reason) {
    super(reason, null, false, false);
    this.line = line;
    this.reason = reason;
  }

  TemplateFault(String reason) {
    this(0, reason);
  }
}
