package dev.microtome.models.tokenizer;

/// A text that may be looked at only so often: it ends a pattern that backtracks without end. The
/// budget grows with the text, so an honest pattern never meets it.
final class BudgetedText implements CharSequence {
  private static final long BASE = 2_000_000;
  private static final long EACH = 1_000;

  private final String text;
  private long left;

  BudgetedText(String text) {
    this.text = text;
    this.left = BASE + EACH * text.length();
  }

  @Override
  public char charAt(int index) {
    if (--left < 0) {
      throw new Exhausted();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }

  /// The budget is used up.
  static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exhausted() {
      super("the pattern looked at the text too often", null, false, false);
    }
  }
}
