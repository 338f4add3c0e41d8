package dev.microtome.models.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Tokens being gathered; what a post-processor works on.
final class TokenRun {
  private long[] ids = new long[16];
  final List<String> tokens = new ArrayList<>();
  final List<Span> spans = new ArrayList<>();

  int size() {
    return tokens.size();
  }

  void add(long id, String token, Span span) {
    int at = tokens.size();
    if (at == ids.length) {
      ids = Arrays.copyOf(ids, at * 2);
    }
    ids[at] = id;
    tokens.add(token);
    spans.add(span);
  }

  void addAll(TokenRun other) {
    for (int i = 0; i < other.size(); i++) {
      add(other.ids[i], other.tokens.get(i), other.spans.get(i));
    }
  }

  Encoding encoding() {
    return new Encoding(Arrays.copyOf(ids, size()), tokens, spans);
  }
}
