package dev.microtome.models.tokenizer;

/// A token that is looked for in the text itself, before the model sees it.
///
/// `singleWord` wants no word character on either side, `lstrip` and `rstrip` swallow the white
/// space there, `normalized` looks in the normalized text (and for the normalized content),
/// `special` is left out of decoded text on request.
record AddedToken(
    long id,
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {
  private static final int MAX_LENGTH = 4096;

  static AddedToken read(Field field) {
    Field content = field.get("content");
    if (content.string().length() > MAX_LENGTH) {
      throw content.wrong(
          "has " + content.string().length() + " characters", "use at most " + MAX_LENGTH);
    }
    boolean special = field.bool("special", false);
    return new AddedToken(
        field.get("id").count(),
        content.string(),
        field.bool("single_word", false),
        field.bool("lstrip", false),
        field.bool("rstrip", false),
        field.bool("normalized", !special),
        special);
  }
}
