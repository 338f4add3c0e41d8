package dev.microtome.models;

/// One generated text.
///
/// @param prompt the tokens it continues
/// @param ids the tokens it adds, a stop token included
/// @param text prompt and continuation decoded without special tokens; empty when the model has no
///   tokenizer
/// @param stop why it ended
@SuppressWarnings("ArrayRecordComponent") // plain data, compared by nobody
public record Generated(long[] prompt, long[] ids, String text, Stop stop) {
  /// Why a text ended.
  public enum Stop {
    /// A stop token was chosen.
    STOP_TOKEN,
    /// As many tokens were added as were asked for.
    LENGTH,
    /// The model's context is full.
    CONTEXT_FULL
  }

  /// Prompt and continuation.
  public long[] sequence() {
    long[] all = java.util.Arrays.copyOf(prompt, prompt.length + ids.length);
    System.arraycopy(ids, 0, all, prompt.length, ids.length);
    return all;
  }
}
