package dev.microtome.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Splits a normalized text into the words the model may not join. No word is empty.
sealed interface PreTokenizer {
  List<AlignedText> split(AlignedText text);

  /// The `pre_tokenizer` field; null stands for none, which leaves the text one word.
  static PreTokenizer read(@Nullable Field field) {
    if (field == null) {
      return new Chain(List.of());
    }
    return switch (field.type()) {
      case "ByteLevel" ->
          new ByteLevel(field.get("add_prefix_space").bool(), field.bool("use_regex", true));
      case "Split" ->
          new Split(
              Finder.read(field.get("pattern")),
              SplitBehavior.read(field.get("behavior")),
              field.get("invert").bool());
      case "Digits" -> digits(field.get("individual_digits").bool());
      case "Punctuation" -> {
        Field behavior = field.optional("behavior");
        yield new Split(
            new Finder.Chars(CharClass::isPunctuation),
            behavior == null ? SplitBehavior.ISOLATED : SplitBehavior.read(behavior),
            false);
      }
      case "Whitespace" ->
          new Split(new Finder.Known(KnownPatterns.WORDS), SplitBehavior.REMOVED, true);
      case "WhitespaceSplit" ->
          new Split(new Finder.Chars(CharClass::isWhiteSpace), SplitBehavior.REMOVED, false);
      case "Metaspace" -> Metaspace.readPreTokenizer(field);
      case "Sequence" ->
          new Chain(
              field.get("pretokenizers").items(Tokenizer.MAX_STEPS).stream()
                  .map(PreTokenizer::read)
                  .toList());
      default ->
          throw field.unsupported(
              "pre-tokenizer",
              "ByteLevel, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, Metaspace or"
                  + " Sequence pre-tokenizers");
    };
  }

  private static PreTokenizer digits(boolean individual) {
    return new Split(
        new Finder.Chars(CharClass::isNumeric),
        individual ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS,
        false);
  }

  /// Each step splits the words of the step before.
  record Chain(List<PreTokenizer> steps) implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      List<AlignedText> words = text.isEmpty() ? List.of() : List.of(text);
      for (PreTokenizer step : steps) {
        var next = new ArrayList<AlignedText>(words.size());
        for (AlignedText word : words) {
          next.addAll(step.split(word));
        }
        words = next;
      }
      return words;
    }
  }

  /// Splits on what a finder finds, or (inverted) on everything else.
  record Split(Finder finder, SplitBehavior behavior, boolean invert) implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText text) {
      Matches matches = finder.in(text.text);
      return behavior.split(text, invert ? matches.inverted() : matches);
    }
  }

  /// Splits as GPT-2 does (when asked to) and spells the bytes of each word in [ByteAlphabet].
  record ByteLevel(boolean prefixSpace, boolean useRegex) implements PreTokenizer {
    private static final Finder GPT2 = new Finder.Known(KnownPatterns.GPT2);

    @Override
    public List<AlignedText> split(AlignedText given) {
      AlignedText text = prefixSpace && !given.text.startsWith(" ") ? given.prepend(" ") : given;
      if (text.isEmpty()) {
        return List.of();
      }
      List<AlignedText> words =
          useRegex ? SplitBehavior.ISOLATED.split(text, GPT2.in(text.text)) : List.of(text);
      var out = new ArrayList<AlignedText>(words.size());
      for (AlignedText word : words) {
        out.add(spell(word));
      }
      return out;
    }

    private static AlignedText spell(AlignedText word) {
      String text = word.text;
      var out = new AlignedText.Builder(word, text.length() + 4);
      for (int i = 0, c; i < text.length(); i += Character.charCount(c)) {
        c = text.codePointAt(i);
        int start = word.start(i);
        int end = word.end(i);
        if (c < 0x80) {
          out.append(ByteAlphabet.charOf(c), start, end);
          continue;
        }
        int length = CharClass.utf8Length(c);
        for (int n = length - 1; n >= 0; n--) {
          int lead = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;
          int bits = c >> (6 * n);
          int unit = n == length - 1 ? (lead | bits) : 0x80 | (bits & 0x3F);
          out.append(ByteAlphabet.charOf(unit), start, end);
        }
      }
      return out.build();
    }
  }

  /// Writes blanks as a visible sign (`▁`), puts one before the text, and splits before each sign.
  record Blanks(String sign, Metaspace.Scheme scheme, boolean splits) implements PreTokenizer {
    @Override
    public List<AlignedText> split(AlignedText given) {
      AlignedText text = given;
      if (given.text.indexOf(' ') >= 0) {
        text = Normalizer.replace(given, new Finder.Literal(" ").in(given.text), sign);
      }
      boolean wanted =
          switch (scheme) {
            case ALWAYS -> true;
            case FIRST -> text.origin == 0;
            case NEVER -> false;
          };
      if (wanted && !text.text.startsWith(sign)) {
        text = text.prepend(sign);
      }
      if (text.isEmpty()) {
        return List.of();
      }
      return splits
          ? SplitBehavior.MERGED_WITH_NEXT.split(text, new Finder.Literal(sign).in(text.text))
          : List.of(text);
    }
  }
}
