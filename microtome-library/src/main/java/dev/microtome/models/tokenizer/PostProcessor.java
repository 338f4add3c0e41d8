package dev.microtome.models.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The last step of encoding: puts special tokens around the text's tokens, or trims their spans.
sealed interface PostProcessor {
  /// Tokens a template may put around a text, at most.
  int MAX_TEMPLATE = 4096;

  TokenRun apply(TokenRun tokens, boolean addSpecialTokens);

  /// The `post_processor` field; null stands for none.
  static PostProcessor read(@Nullable Field field, Vocabulary vocabulary) {
    if (field == null) {
      return new Chain(List.of());
    }
    return switch (field.type()) {
      case "ByteLevel" ->
          new TrimSpans(field.get("trim_offsets").bool(), field.get("add_prefix_space").bool());
      case "TemplateProcessing" -> template(field, vocabulary);
      case "Sequence" ->
          new Chain(
              field.get("processors").items(Tokenizer.MAX_STEPS).stream()
                  .map(step -> read(step, vocabulary))
                  .toList());
      default ->
          throw field.unsupported(
              "post-processor", "ByteLevel, TemplateProcessing or Sequence post-processors");
    };
  }

  private static PostProcessor template(Field field, Vocabulary vocabulary) {
    var before = new TokenRun();
    var after = new TokenRun();
    int texts = 0;
    for (Field piece : field.get("single").items(MAX_TEMPLATE)) {
      Field special = piece.object().optional("SpecialToken");
      if (special != null) {
        addSpecial(field, special.get("id"), vocabulary, texts == 0 ? before : after);
        continue;
      }
      Field id = piece.get("Sequence").get("id");
      if (!id.string().equals("A") || ++texts > 1) {
        throw id.wrong(
            "a template for one text names it " + id.kind() + (texts > 1 ? " again" : ""),
            "name the sequence A, once");
      }
    }
    if (texts == 0) {
      throw field.get("single").wrong("has no place for the text", "add the sequence A");
    }
    return new Template(before, after);
  }

  private static void addSpecial(Field template, Field id, Vocabulary vocabulary, TokenRun out) {
    Field map = template.get("special_tokens").object();
    Field entry = map.optional(id.string());
    if (entry == null) {
      throw id.wrong(
          "the special token " + Field.shortened(id.string()) + " is not in special_tokens",
          "add it to " + map.path());
    }
    List<Field> ids = entry.get("ids").items(MAX_TEMPLATE);
    List<Field> tokens = entry.get("tokens").items(MAX_TEMPLATE);
    if (ids.size() != tokens.size()) {
      throw entry.wrong(
          "has " + ids.size() + " ids and " + tokens.size() + " tokens", "give as many of each");
    }
    if (out.size() + ids.size() > MAX_TEMPLATE) {
      throw entry.wrong("the template adds more than " + MAX_TEMPLATE + " tokens", "shorten it");
    }
    for (int i = 0; i < ids.size(); i++) {
      if (!vocabulary.has(ids.get(i).count())) {
        throw ids.get(i).wrong("no token has this id", "add the token or correct the id");
      }
      out.add(ids.get(i).count(), tokens.get(i).string(), Span.NONE);
    }
  }

  /// One after the other.
  record Chain(List<PostProcessor> steps) implements PostProcessor {
    @Override
    public TokenRun apply(TokenRun tokens, boolean addSpecialTokens) {
      TokenRun now = tokens;
      for (PostProcessor step : steps) {
        now = step.apply(now, addSpecialTokens);
      }
      return now;
    }
  }

  /// Special tokens before and after the text's.
  record Template(TokenRun before, TokenRun after) implements PostProcessor {
    @Override
    public TokenRun apply(TokenRun tokens, boolean addSpecialTokens) {
      if (!addSpecialTokens) {
        return tokens;
      }
      var out = new TokenRun();
      out.addAll(before);
      out.addAll(tokens);
      out.addAll(after);
      return out;
    }
  }

  /// Takes the blanks a byte-level token begins or ends with out of its span.
  record TrimSpans(boolean trims, boolean prefixSpace) implements PostProcessor {
    @Override
    public TokenRun apply(TokenRun tokens, boolean addSpecialTokens) {
      for (int i = 0; trims && i < tokens.size(); i++) {
        Span span = tokens.spans.get(i);
        if (!span.isNone()) {
          tokens.spans.set(i, trim(tokens.tokens.get(i), span, i == 0));
        }
      }
      return tokens;
    }

    private Span trim(String token, Span span, boolean first) {
      int leading = 0;
      while (leading < token.length() && isBlank(token.charAt(leading))) {
        leading++;
      }
      int trailing = 0;
      while (trailing < token.length() && isBlank(token.charAt(token.length() - 1 - trailing))) {
        trailing++;
      }
      if (leading == 1 && prefixSpace && (first || span.start() == 0)) {
        leading = 0; // the blank we put before the text ourselves
      }
      int start = Math.min(span.start() + leading, span.end());
      int end = span.end() >= trailing ? Math.max(span.end() - trailing, start) : span.end();
      return new Span(start, end);
    }

    private static boolean isBlank(char c) {
      return c == ByteAlphabet.SPACE || CharClass.isWhiteSpace(c);
    }
  }
}
