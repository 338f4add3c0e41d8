package dev.microtome.models.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// An encoded text: for each token its id, its spelling in the vocabulary and the code points of
/// the text it stands for. The three have the same length.
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record Encoding(long[] ids, List<String> tokens, List<Span> spans) {
  public Encoding {
    ids = ids.clone();
    tokens = List.copyOf(tokens);
    spans = List.copyOf(spans);
    if (ids.length != tokens.size() || ids.length != spans.size()) {
      throw new IllegalArgumentException(
          ids.length
              + " ids, "
              + tokens.size()
              + " tokens and "
              + spans.size()
              + " spans; an encoding has as many of each");
    }
  }

  /// The ids, a fresh copy each time.
  @Override
  public long[] ids() {
    return ids.clone();
  }

  /// How many tokens there are.
  public int size() {
    return ids.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Encoding that
        && Arrays.equals(ids, that.ids)
        && tokens.equals(that.tokens)
        && spans.equals(that.spans);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(ids), tokens, spans);
  }

  @Override
  public String toString() {
    return "Encoding[ids=" + Arrays.toString(ids) + ", tokens=" + tokens + ", spans=" + spans + "]";
  }
}
