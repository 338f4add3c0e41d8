package dev.microtome.models.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The first step of encoding: rewrites a text (never an added token) before anything looks at it.
sealed interface Normalizer {
  AlignedText apply(AlignedText text);

  /// The `normalizer` field; null stands for none.
  static Normalizer read(@Nullable Field field) {
    if (field == null) {
      return new Chain(List.of());
    }
    return switch (field.type()) {
      case "NFC" -> new Form(UnicodeForm.NFC);
      case "NFD" -> new Form(UnicodeForm.NFD);
      case "NFKC" -> new Form(UnicodeForm.NFKC);
      case "NFKD" -> new Form(UnicodeForm.NFKD);
      case "Lowercase" -> new Lowercase();
      case "Strip" -> new Strip(field.get("strip_left").bool(), field.get("strip_right").bool());
      case "Prepend" -> new Prepend(field.get("prepend").string());
      case "Replace" ->
          new Replace(Finder.read(field.get("pattern")), field.get("content").string());
      case "Sequence" ->
          new Chain(
              field.get("normalizers").items(Tokenizer.MAX_STEPS).stream()
                  .map(Normalizer::read)
                  .toList());
      default ->
          throw field.unsupported(
              "normalizer",
              "NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace or Sequence normalizers");
    };
  }

  /// One normalizer after the other.
  record Chain(List<Normalizer> steps) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      AlignedText now = text;
      for (Normalizer step : steps) {
        now = step.apply(now);
      }
      return now;
    }
  }

  /// A Unicode normalization form.
  record Form(UnicodeForm form) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return form.apply(text);
    }
  }

  /// Lower case, each character for itself: no language and no context (a final sigma stays
  /// medial).
  record Lowercase() implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      var edits = new CharEdits(text.text.length());
      for (int i = 0, c; i < text.text.length(); i += Character.charCount(c)) {
        c = text.text.codePointAt(i);
        if (c == 'İ') { // the one character whose lower case is two
          edits.add('i', 0);
          edits.add(0x307, 1);
        } else {
          edits.add(Character.toLowerCase(c), 0);
        }
      }
      return edits.applyTo(text);
    }
  }

  /// Takes white space off the ends.
  record Strip(boolean left, boolean right) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      int from = 0;
      int to = text.text.length();
      while (left && from < to && CharClass.isWhiteSpace(text.text.charAt(from))) {
        from++;
      }
      while (right && to > from && CharClass.isWhiteSpace(text.text.charAt(to - 1))) {
        to--;
      }
      if (from == 0 && to == text.text.length()) {
        return text;
      }
      var out = new AlignedText.Builder(text, to - from);
      out.copy(from, to);
      return out.build();
    }
  }

  /// Puts a string before a text that is not empty.
  record Prepend(String head) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return text.prepend(head);
    }
  }

  /// Puts `content` in the place of each occurrence.
  record Replace(Finder finder, String content) implements Normalizer {
    @Override
    public AlignedText apply(AlignedText text) {
      return replace(text, finder.in(text.text), content);
    }
  }

  /// `content` takes the alignment of the last character of what it replaces.
  static AlignedText replace(AlignedText text, Matches matches, String content) {
    Tokenizer.checkGrowth(text.text.length(), matches.size(), content.length());
    var out = new AlignedText.Builder(text, text.text.length());
    for (int i = 0; i < matches.size(); i++) {
      if (matches.matched(i)) {
        out.insert(content, matches.end(i));
      } else {
        out.copy(matches.start(i), matches.end(i));
      }
    }
    return out.build();
  }
}
