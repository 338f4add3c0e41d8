package dev.microtome.models.tokenizer;

import java.util.regex.Pattern;

/// The patterns the format names without writing them down.
final class KnownPatterns {
  /// GPT-2: contractions, then letters, numbers or other signs with one blank before, then blanks.
  static final Pattern GPT2 =
      Pattern.compile(
          "'(?:[stmd]|re|ve|ll)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  /// Runs of word characters, and runs of whatever is neither word nor white space.
  static final Pattern WORDS = Pattern.compile("\\w+|[^\\w\\s]+", Pattern.UNICODE_CHARACTER_CLASS);

  /// The empty string, which is found between each two characters.
  static final Pattern NOTHING = Pattern.compile("");

  private KnownPatterns() {}
}
