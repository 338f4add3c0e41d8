package dev.microtome.models.tokenizer;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Text to token ids and back, exactly as the Hugging Face tokenizers library does for the same
/// `tokenizer.json`.
///
/// Reads byte-pair encoding, over bytes (GPT-2, Llama 3, Qwen) and in SentencePiece style (Llama 2,
/// Mistral), and whole words. Other kinds are refused by name. The file's `truncation` and
/// `padding` are not applied: a language model wants the whole text. Immutable and safe for
/// threads.
public final class Tokenizer {
  /// Steps a sequence of normalizers, pre-tokenizers, post-processors or decoders may have.
  static final int MAX_STEPS = 64;

  private static final long MAX_TEXT = 1L << 28;

  private final Vocabulary vocabulary;
  private final AddedTokens addedTokens;
  private final PreTokenizer preTokenizer;
  private final TokenModel model;
  private final PostProcessor postProcessor;
  private final Decoder decoder;
  private final Set<String> specialTokens;
  private final Set<Long> specialIds;

  Tokenizer(TokenizerJson parts) {
    vocabulary = parts.vocabulary();
    addedTokens = new AddedTokens(parts.added(), parts.normalizer());
    preTokenizer = parts.preTokenizer();
    model = parts.model();
    postProcessor = parts.postProcessor();
    decoder = parts.decoder();
    List<AddedToken> special = parts.added().stream().filter(AddedToken::special).toList();
    specialTokens = special.stream().map(AddedToken::content).collect(Collectors.toSet());
    var ids = new TreeSet<Long>();
    special.forEach(token -> ids.add(token.id()));
    specialIds = Collections.unmodifiableSet(ids);
  }

  /// Reads a `tokenizer.json`.
  ///
  /// @throws TokenizerFormatException when the file is missing, broken, contradicts itself or asks
  ///   for something Microtome does not have
  public static Tokenizer read(Path tokenizerJson) {
    return new Tokenizer(TokenizerJson.read(tokenizerJson));
  }

  /// Encodes with the special tokens the file's template adds, such as the one for the beginning.
  public Encoding encode(String text) {
    return encode(text, true);
  }

  /// Encodes a text. Special tokens spelled out in the text are recognized either way.
  ///
  /// @param addSpecialTokens whether the file's template puts its tokens around the text's
  /// @throws IllegalArgumentException when the text has half a surrogate pair, which no vocabulary
  ///   can spell, or a pattern of the file backtracks without end on it
  public Encoding encode(String text, boolean addSpecialTokens) {
    int bad = CharClass.unpairedSurrogate(text);
    if (bad >= 0) {
      throw new IllegalArgumentException(
          "encode: the text has half a surrogate pair at index " + bad + "; remove or replace it");
    }
    var run = new TokenRun();
    addedTokens.split(
        AlignedText.of(text),
        (token, part) -> {
          if (!part.isEmpty()) {
            run.add(token.id(), part.text, part.span(0, part.text.length()));
          }
        },
        part -> {
          for (AlignedText word :
              part.isEmpty() ? List.<AlignedText>of() : preTokenizer.split(part)) {
            model.encode(word, run);
          }
        });
    return postProcessor.apply(run, addSpecialTokens).encoding();
  }

  /// Decodes ids with special tokens spelled out.
  ///
  /// @throws IllegalArgumentException when no token has one of the ids
  public String decode(long... ids) {
    return decode(ids, false);
  }

  /// Decodes ids.
  ///
  /// @param skipSpecialTokens whether special tokens are left out
  /// @throws IllegalArgumentException when no token has one of the ids
  public String decode(long[] ids, boolean skipSpecialTokens) {
    var out = new StringBuilder();
    StreamDecoder stream = streamDecoder(skipSpecialTokens);
    for (long id : ids) {
      out.append(stream.add(id));
    }
    return out.append(stream.finish()).toString();
  }

  /// A decoder for ids that come one at a time.
  public StreamDecoder streamDecoder(boolean skipSpecialTokens) {
    return new StreamDecoder(this, decoder, skipSpecialTokens);
  }

  /// The token with this id, as the vocabulary spells it (`Ġthe`, `▁the`, `<0x0A>`).
  ///
  /// @throws IllegalArgumentException when no token has the id
  public String token(long id) {
    return vocabulary.token(id);
  }

  /// The id of a token spelled as in the vocabulary; empty when there is no such token.
  public OptionalLong id(String token) {
    int id = vocabulary.id(token);
    return id < 0 ? OptionalLong.empty() : OptionalLong.of(id);
  }

  /// How many tokens there are, the added ones included.
  public int vocabularySize() {
    return vocabulary.size();
  }

  /// The ids of the special tokens in ascending order: those `skipSpecialTokens` leaves out.
  public Set<Long> specialIds() {
    return specialIds;
  }

  boolean isSpecial(String token) {
    return specialTokens.contains(token);
  }

  /// Refuses a replacement that would blow a text up beyond all measure.
  static void checkGrowth(int length, int matches, int content) {
    if (length + (long) matches * content > MAX_TEXT) {
      throw new IllegalArgumentException(
          "replacing "
              + matches
              + " occurrences by "
              + content
              + " characters each makes a text of"
              + " more than "
              + MAX_TEXT
              + " characters; split the text");
    }
  }
}
