package dev.microtome.models.tokenizer;

/// The part of the encoded text a token stands for: `start` inclusive, `end` exclusive, counted in
/// Unicode **code points** of the text (not in Java's UTF-16 units, see [#inUtf16]).
///
/// Neighbouring spans overlap where one character became several tokens (the bytes of an emoji).
public record Span(int start, int end) {
  /// The span of a token that stands for no text, such as the beginning-of-text token a template
  /// adds.
  public static final Span NONE = new Span(-1, -1);

  /// Whether the token stands for no text at all.
  public boolean isNone() {
    return start < 0;
  }

  /// The same span in UTF-16 units of `text`, the text that was encoded, ready for
  /// [String#substring(int, int)].
  ///
  /// @throws IllegalArgumentException when this is [#NONE] or lies outside the text
  public Span inUtf16(String text) {
    if (isNone() || start > end || end > text.codePointCount(0, text.length())) {
      throw new IllegalArgumentException(
          this
              + " is no part of a text of "
              + text.codePointCount(0, text.length())
              + " code points; give the text that was encoded and skip spans that are none");
    }
    int from = text.offsetByCodePoints(0, start);
    return new Span(from, text.offsetByCodePoints(from, end - start));
  }
}
