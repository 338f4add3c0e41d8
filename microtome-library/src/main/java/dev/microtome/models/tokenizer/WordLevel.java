package dev.microtome.models.tokenizer;

/// The model without pieces: each word is one token, and words the vocabulary lacks are one token
/// for the unknown.
record WordLevel(Vocabulary vocabulary, String file, String unknown) implements TokenModel {
  static WordLevel read(Field model, Vocabulary vocabulary) {
    Field unknown = model.optional("unk_token");
    return new WordLevel(vocabulary, model.file(), unknown == null ? "<unk>" : unknown.string());
  }

  @Override
  public void encode(AlignedText word, TokenRun out) {
    int known = vocabulary.modelId(word.text);
    int id = known >= 0 ? known : vocabulary.modelId(unknown);
    if (id < 0) {
      throw new TokenizerFormatException(
          file,
          "model.unk_token",
          "the vocabulary lacks the word "
              + Field.shortened(word.text)
              + ", and so it lacks the unknown token "
              + unknown,
          "add the token to model.vocab");
    }
    out.add(id, vocabulary.token(id), word.span(0, word.text.length()));
  }
}
