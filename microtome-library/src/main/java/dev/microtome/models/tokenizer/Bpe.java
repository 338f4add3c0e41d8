package dev.microtome.models.tokenizer;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The byte-pair-encoding model: breaks a word into characters and merges neighbours by rank
/// (Sennrich and others, 2016), over bytes (GPT-2, Llama 3) or characters with byte tokens for the
/// rest (SentencePiece style). Words already seen come from a cache of bounded size; safe for
/// threads.
final class Bpe implements TokenModel {
  private static final int CACHED_WORDS = 20_000;
  private static final int CACHED_LENGTH = 256;

  private final Vocabulary vocabulary;
  private final MergeTable merges;
  private final Options options;
  private final Map<String, Word> cache = new ConcurrentHashMap<>();
  private final int[] lowChars = new int[0x180];
  private final int[] byteTokens;

  /// What the fields of the model besides vocabulary and merges say.
  record Options(
      String file,
      @Nullable String unknown,
      String prefix,
      String suffix,
      boolean fuseUnknown,
      boolean byteFallback,
      boolean ignoreMerges) {}

  Bpe(Vocabulary vocabulary, MergeTable merges, Options options) {
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.options = options;
    Arrays.setAll(lowChars, c -> vocabulary.modelId(Character.toString(c)));
    byteTokens = new int[256];
    Arrays.setAll(byteTokens, b -> vocabulary.modelId(String.format("<0x%02X>", b)));
  }

  @Override
  public void encode(AlignedText word, TokenRun out) {
    String text = word.text;
    if (options.ignoreMerges) {
      int whole = vocabulary.modelId(text);
      if (whole >= 0) {
        out.add(whole, vocabulary.token(whole), word.span(0, text.length()));
        return;
      }
    }
    Word merged = cache.get(text);
    if (merged == null) {
      merged = symbols(text).mergeAll(merges);
      if (text.length() < CACHED_LENGTH && cache.size() < CACHED_WORDS) {
        cache.put(text, merged);
      }
    }
    emit(word, merged, out);
  }

  /// Turns lengths in bytes into places in the text: a token of some bytes of a character stands
  /// for the character.
  private void emit(AlignedText word, Word merged, TokenRun out) {
    String text = word.text;
    int bytes = 0; // where the token begins
    int at = 0; // the character that holds that byte, and where it begins
    int atByte = 0;
    for (int i = 0; i < merged.size(); i++) {
      int end = bytes + merged.length(i);
      int first = at;
      int last = at;
      while (at < text.length()) {
        int c = text.codePointAt(at);
        int after = atByte + CharClass.utf8Length(c);
        last = at;
        if (after > end) {
          break;
        }
        at += Character.charCount(c);
        atByte = after;
        if (after == end) {
          break;
        }
      }
      int from = Math.min(first, text.length() - 1);
      out.add(
          merged.id(i), vocabulary.token(merged.id(i)), word.span(from, Math.max(from, last) + 1));
      bytes = end;
    }
  }

  private Word symbols(String text) {
    var word = new Word(text.length());
    int pending = 0; // bytes of unknown characters not yet added
    for (int i = 0, next; i < text.length(); i = next) {
      int c = text.codePointAt(i);
      next = i + Character.charCount(c);
      int length = CharClass.utf8Length(c);
      String spelling = spelling(text, i, next);
      int id = spelling == null ? lowChars[c] : vocabulary.modelId(spelling);
      if (id >= 0) {
        pending = flush(word, pending);
        word.add(id, length);
      } else if (!options.byteFallback || !addBytes(word, spelling, c)) {
        if (options.unknown != null) {
          if (!options.fuseUnknown) {
            pending = flush(word, pending);
          }
          pending += length;
        }
      }
    }
    flush(word, pending);
    return word;
  }

  /// How the vocabulary spells the character at `[i, next)`; null when it is the plain low
  /// character.
  private @Nullable String spelling(String text, int i, int next) {
    String prefix = i == 0 ? "" : options.prefix;
    String suffix = next == text.length() ? options.suffix : "";
    if (prefix.isEmpty() && suffix.isEmpty()) {
      return text.charAt(i) < lowChars.length ? null : text.substring(i, next);
    }
    return prefix + text.substring(i, next) + suffix;
  }

  private boolean addBytes(Word word, @Nullable String spelling, int c) {
    String whole = spelling == null ? Character.toString(c) : spelling;
    byte[] bytes = whole.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    for (byte b : bytes) {
      if (byteTokens[b & 0xFF] < 0) {
        return false;
      }
    }
    for (byte b : bytes) {
      word.add(byteTokens[b & 0xFF], 1);
    }
    return true;
  }

  private int flush(Word word, int pending) {
    if (pending > 0) {
      int id = options.unknown == null ? -1 : vocabulary.modelId(options.unknown);
      if (id < 0) {
        throw new TokenizerFormatException(
            options.file,
            "model.unk_token",
            "the text has a character the vocabulary lacks, and so it lacks the unknown token "
                + options.unknown,
            "add the token to model.vocab");
      }
      word.add(id, pending);
    }
    return 0;
  }
}
