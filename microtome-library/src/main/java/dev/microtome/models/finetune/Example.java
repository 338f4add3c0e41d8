package dev.microtome.models.finetune;

import java.util.Arrays;

/// A token sequence to learn, or its end: the loss counts the tokens from place `from` on.
///
/// @param ids all tokens, at least two
/// @param from at least 1: nothing foretells the first token
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record Example(long[] ids, int from) {
  public Example {
    if (from < 1 || from >= ids.length) {
      throw new IllegalArgumentException(
          "of %d tokens none is left to learn from place %d on".formatted(ids.length, from));
    }
    ids = ids.clone();
  }

  /// The tokens, a fresh copy each time.
  @Override
  public long[] ids() {
    return ids.clone();
  }

  /// How many tokens the network reads: all but the last.
  public int length() {
    return ids.length - 1;
  }

  /// How many tokens are learned.
  public int counted() {
    return ids.length - from;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Example that && from == that.from && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + from;
  }

  @Override
  public String toString() {
    return "Example[%d tokens, %d learned]".formatted(ids.length, counted());
  }
}
