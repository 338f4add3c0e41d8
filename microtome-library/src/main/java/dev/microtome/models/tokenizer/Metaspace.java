package dev.microtome.models.tokenizer;

import org.jspecify.annotations.Nullable;

/// The fields of a `Metaspace`, which is a pre-tokenizer and a decoder.
record Metaspace(String sign, Scheme scheme, boolean splits) {
  /// Where a sign is put that stands for no blank of the text.
  enum Scheme {
    ALWAYS,
    FIRST,
    NEVER
  }

  static PreTokenizer readPreTokenizer(Field field) {
    Metaspace read = read(field);
    return new PreTokenizer.Blanks(read.sign, read.scheme, read.splits);
  }

  static Metaspace read(Field field) {
    String sign = Character.toString(field.get("replacement").codePoint());
    Scheme scheme = scheme(field.optional("prepend_scheme"));
    if (!field.bool("add_prefix_space", true)) {
      // Files from before prepend_scheme; one that has both must not contradict itself.
      if (field.optional("prepend_scheme") != null && scheme != Scheme.NEVER) {
        throw field.wrong(
            "add_prefix_space is false but prepend_scheme is not never", "make the two agree");
      }
      scheme = Scheme.NEVER;
    }
    return new Metaspace(sign, scheme, field.bool("split", true));
  }

  private static Scheme scheme(@Nullable Field field) {
    if (field == null) {
      return Scheme.ALWAYS;
    }
    return switch (field.string()) {
      case "always" -> Scheme.ALWAYS;
      case "first" -> Scheme.FIRST;
      case "never" -> Scheme.NEVER;
      default -> throw field.wrong("is " + field.kind(), "use always, first or never");
    };
  }
}
