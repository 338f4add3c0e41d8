package dev.microtome.models.tokenizer;

/// Decodes ids as a model generates them, one at a time. Everything it returns is complete text:
/// bytes of an unfinished character (or a run of byte tokens) are held back until more ids come.
///
/// All pieces together are exactly what [Tokenizer#decode(long\[\], boolean)] makes of all ids. Not
/// for several threads at once.
public final class StreamDecoder {
  private final Tokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private final StringBuilder out = new StringBuilder();
  private final Flow flow;

  StreamDecoder(Tokenizer tokenizer, Decoder decoder, boolean skipSpecialTokens) {
    this.tokenizer = tokenizer;
    this.skipSpecialTokens = skipSpecialTokens;
    this.flow = decoder.into(new Flows.Text(out), false);
  }

  /// The text that is complete with this id; often a word, sometimes empty.
  ///
  /// @throws IllegalArgumentException when no token has the id
  public String add(long id) {
    push(id);
    return take();
  }

  /// The rest, when no more ids come; a character left unfinished becomes U+FFFD. Call it once.
  public String finish() {
    flow.finish();
    return take();
  }

  void push(long id) {
    String token = tokenizer.token(id);
    if (!skipSpecialTokens || !tokenizer.isSpecial(token)) {
      flow.accept(token);
    }
  }

  private String take() {
    String text = out.toString();
    out.setLength(0);
    return text;
  }
}
