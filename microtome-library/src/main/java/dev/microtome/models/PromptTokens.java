package dev.microtome.models;

import dev.microtome.models.tokenizer.Encoding;
import dev.microtome.models.tokenizer.Span;
import dev.microtome.trace.TokenPlaces;
import dev.microtome.trace.TokenRange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// A prompt and its tokens. Words are found in the text, then the tokens that spell them; a word
/// does not match within a longer one.
record PromptTokens(String text, Encoding encoding, int padding) implements TokenPlaces {
  PromptTokens(String text, Encoding encoding) {
    this(text, encoding, 0);
  }

  /// Token ids without the text they came from, which is put together from what each spells.
  static PromptTokens of(long[] ids, LongFunction<String> spelling) {
    var text = new StringBuilder();
    var tokens = new ArrayList<String>();
    var spans = new ArrayList<Span>();
    int at = 0;
    for (long id : ids) {
      String token = spelling.apply(id);
      int length = token.codePointCount(0, token.length());
      text.append(token);
      tokens.add(token);
      spans.add(new Span(at, at + length));
      at += length;
    }
    return new PromptTokens(text.toString(), new Encoding(ids, tokens, spans));
  }

  @Override
  public int position(int position) {
    int size = encoding.size();
    if (position < -size || position >= size) {
      throw new IllegalArgumentException(
          "there is no token %d: the prompt has %s".formatted(position, shown()));
    }
    return padding + (position < 0 ? size + position : position);
  }

  @Override
  public TokenRange range(String wanted, @Nullable Integer occurrence) {
    List<TokenRange> found = occurrences(wanted.strip());
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' is no word of the prompt, which has %s".formatted(wanted, shown()));
    }
    if (occurrence == null && found.size() > 1) {
      throw new IllegalArgumentException(
          "'%s' occurs %d times, at %s; say which, from 0: (\"%s\", 0). The prompt has %s"
              .formatted(
                  wanted,
                  found.size(),
                  found.stream().map(range -> range.from() - padding).toList(),
                  wanted,
                  shown()));
    }
    int index = occurrence == null ? 0 : occurrence;
    int at = index < 0 ? found.size() + index : index;
    if (at < 0 || at >= found.size()) {
      throw new IllegalArgumentException(
          "'%s' occurs %d times only, so there is no occurrence %d; the prompt has %s"
              .formatted(wanted, found.size(), index, shown()));
    }
    return found.get(at);
  }

  private List<TokenRange> occurrences(String wanted) {
    var found = new ArrayList<TokenRange>();
    if (wanted.isEmpty()) {
      return found;
    }
    for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      int end = at + wanted.length();
      TokenRange range = isWhole(at, end) ? covering(at, end) : null;
      if (range != null) {
        found.add(range);
      }
    }
    return found;
  }

  private boolean isWhole(int from, int to) {
    return !(from > 0 && isWord(text.codePointBefore(from)) && isWord(text.codePointAt(from)))
        && !(to < text.length()
            && isWord(text.codePointBefore(to))
            && isWord(text.codePointAt(to)));
  }

  private static boolean isWord(int codePoint) {
    return Character.isLetterOrDigit(codePoint);
  }

  /// The tokens that spell characters `from` to `to`.
  private @Nullable TokenRange covering(int from, int to) {
    int start = text.codePointCount(0, from);
    int end = text.codePointCount(0, to);
    int first = -1;
    int last = -1;
    List<Span> spans = encoding.spans();
    for (int token = 0; token < spans.size(); token++) {
      Span span = spans.get(token);
      if (span.start() < end && span.end() > start) {
        first = first < 0 ? token : first;
        last = token;
      }
    }
    return first < 0 ? null : new TokenRange(padding + first, padding + last + 1);
  }

  private String shown() {
    var shown = new StringBuilder(encoding.size() + " tokens:");
    for (int i = 0; i < encoding.size(); i++) {
      shown.append(' ').append(i).append(" '").append(encoding.tokens().get(i)).append('\'');
    }
    return shown.toString();
  }

  /// Several prompts, padded to the same length, as one: a word must stand at the same place in
  /// all.
  static TokenPlaces together(List<PromptTokens> prompts) {
    int width = prompts.stream().mapToInt(one -> one.encoding().size()).max().orElse(0);
    List<PromptTokens> padded =
        prompts.stream()
            .map(one -> new PromptTokens(one.text(), one.encoding(), width - one.encoding().size()))
            .toList();
    return new TokenPlaces() {
      @Override
      public int position(int position) {
        List<Integer> all = padded.stream().map(one -> one.position(position)).distinct().toList();
        return same("token " + position, all);
      }

      @Override
      public TokenRange range(String text, @Nullable Integer occurrence) {
        return same(
            "'" + text + "'",
            padded.stream().map(one -> one.range(text, occurrence)).distinct().toList());
      }
    };
  }

  private static <T> T same(String what, List<T> places) {
    if (places.size() > 1) {
      throw new IllegalArgumentException(
          "%s stands at different places of these prompts; use traceBatch with an invoke for each"
              .formatted(what));
    }
    return places.getFirst();
  }
}
