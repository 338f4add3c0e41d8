package dev.microtome.models;

/// Hears of each token as it is chosen.
@FunctionalInterface
public interface TokenListener {
  /// Hears of one token.
  ///
  /// @param row which prompt of the batch, from 0
  /// @param id the token
  /// @param text what it adds to the text: whole characters only, so sometimes nothing
  void token(int row, long id, String text);
}
