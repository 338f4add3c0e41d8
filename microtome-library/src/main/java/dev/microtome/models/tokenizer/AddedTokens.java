package dev.microtome.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// Finds the added tokens in a text and hands on, in order, the tokens and the normalized text
/// between them. Tokens that are not `normalized` are looked for first, in the text as given.
final class AddedTokens {
  private final Normalizer normalizer;
  private final TokenTrie plain = new TokenTrie();
  private final TokenTrie normalized = new TokenTrie();

  AddedTokens(List<AddedToken> tokens, Normalizer normalizer) {
    this.normalizer = normalizer;
    var ordered = new ArrayList<AddedToken>(tokens.size());
    tokens.stream().filter(AddedToken::special).forEach(ordered::add);
    tokens.stream().filter(token -> !token.special()).forEach(ordered::add);
    for (AddedToken token : ordered) {
      if (token.normalized()) {
        normalized.add(normalizer.apply(AlignedText.of(token.content())).text, token);
      } else {
        plain.add(token.content(), token);
      }
    }
  }

  void split(
      AlignedText text, BiConsumer<AddedToken, AlignedText> tokens, Consumer<AlignedText> between) {
    split(
        plain,
        text,
        tokens,
        part -> {
          AlignedText normal = normalizer.apply(part);
          split(normalized, normal, tokens, between);
        });
  }

  private static void split(
      TokenTrie trie,
      AlignedText text,
      BiConsumer<AddedToken, AlignedText> tokens,
      Consumer<AlignedText> between) {
    String s = text.text;
    int done = 0;
    TokenTrie.Hit hit = trie.isEmpty() ? null : trie.find(s, 0);
    for (; hit != null; hit = trie.find(s, hit.end())) {
      AddedToken token = hit.token();
      if (token.singleWord() && insideWord(s, hit)) {
        continue;
      }
      int start = token.lstrip() ? Math.max(beforeSpace(s, hit.start()), done) : hit.start();
      int end = token.rstrip() ? afterSpace(s, hit.end()) : hit.end();
      if (done < start) {
        between.accept(text.slice(done, start));
      }
      tokens.accept(token, text.slice(start, end));
      done = end;
    }
    if (done < s.length()) {
      between.accept(text.slice(done, s.length()));
    }
  }

  private static boolean insideWord(String s, TokenTrie.Hit hit) {
    return (hit.start() > 0 && CharClass.isWord(s.codePointBefore(hit.start())))
        || (hit.end() < s.length() && CharClass.isWord(s.codePointAt(hit.end())));
  }

  private static int beforeSpace(String s, int index) {
    int at = index;
    while (at > 0 && CharClass.isWhiteSpace(s.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  private static int afterSpace(String s, int index) {
    int at = index;
    while (at < s.length() && CharClass.isWhiteSpace(s.charAt(at))) {
      at++;
    }
    return at;
  }
}
