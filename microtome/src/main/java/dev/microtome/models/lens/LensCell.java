package dev.microtome.models.lens;

import java.util.List;

/// What one layer believes comes after one token.
///
/// @param guesses the most probable tokens, best first; at least one
/// @param entropy of the whole distribution, in bits: 0 is certain, log2(vocabulary) knows nothing
public record LensCell(List<Guess> guesses, double entropy) {
  public LensCell {
    guesses = List.copyOf(guesses);
    if (guesses.isEmpty()) {
      throw new IllegalArgumentException("a cell needs at least one guess");
    }
  }

  /// The most probable token.
  public Guess best() {
    return guesses.getFirst();
  }
}
