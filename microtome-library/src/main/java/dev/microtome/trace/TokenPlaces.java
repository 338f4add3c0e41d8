package dev.microtome.trace;

import org.jspecify.annotations.Nullable;

/// Where the tokens of a traced prompt stand; a language model knows.
public interface TokenPlaces {
  /// The index of the prompt's token number `position`, counted from 0 or, negative, from the end.
  ///
  /// @throws IllegalArgumentException when the prompt has no such token
  int position(int position);

  /// The tokens of `text`.
  ///
  /// @param occurrence which one, from 0 or, negative, from the last; null when there is one only
  /// @throws IllegalArgumentException when it is not there, or more often and not said which; the
  ///   message shows the prompt's tokens
  TokenRange range(String text, @Nullable Integer occurrence);
}
