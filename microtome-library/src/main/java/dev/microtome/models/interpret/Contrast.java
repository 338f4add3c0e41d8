package dev.microtome.models.interpret;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.NextToken;
import java.util.List;
import java.util.stream.IntStream;

/// Two prompts that differ in what matters and in nothing else, with the answers they lead to: `The
/// Eiffel Tower is in` → ` Paris`, `The Colosseum is in` → ` Rome`.
///
/// Both must have equally many tokens, so that each position of one stands for the same of the
/// other.
///
/// @param clean the prompt whose answer is looked for
/// @param corrupt the prompt that is patched
/// @param answer the token that follows `clean`
/// @param wrong the token that follows `corrupt`
public record Contrast(Prompt clean, Prompt corrupt, Answer answer, Answer wrong) {
  /// A token that may follow.
  public record Answer(long id, String text) {}

  public Contrast {
    if (clean.size() != corrupt.size()) {
      throw new IllegalArgumentException(
          "the clean prompt has %d tokens %s and the corrupt one %d %s; reword one until they match"
              .formatted(clean.size(), clean.tokens(), corrupt.size(), corrupt.tokens()));
    }
    if (clean.ids().equals(corrupt.ids())) {
      throw new IllegalArgumentException("the two prompts are the same; they must differ");
    }
    if (answer.id() == wrong.id()) {
      throw new IllegalArgumentException(
          "both answers are \"%s\"; name two different ones".formatted(answer.text()));
    }
  }

  /// The answers are what the model itself predicts after each prompt.
  public static Contrast of(LanguageModel<?> lm, String clean, String corrupt) {
    return new Contrast(
        Prompt.of(lm, clean), Prompt.of(lm, corrupt), predicted(lm, clean), predicted(lm, corrupt));
  }

  /// The answers as text: one token each, with the blank they begin with.
  public static Contrast of(
      LanguageModel<?> lm, String clean, String corrupt, String answer, String wrong) {
    return new Contrast(
        Prompt.of(lm, clean), Prompt.of(lm, corrupt), token(lm, answer), token(lm, wrong));
  }

  /// What the model predicts after a prompt.
  public static Answer predicted(LanguageModel<?> lm, String prompt) {
    NextToken best = lm.next(prompt, 1).getFirst();
    return new Answer(best.id(), best.text());
  }

  /// A text that is one token.
  public static Answer token(LanguageModel<?> lm, String text) {
    long[] ids = lm.tokenizer().encode(text, false).ids();
    if (ids.length != 1) {
      throw new IllegalArgumentException(
          "\"%s\" is %d tokens; an answer must be one, often with a leading blank, such as \" Paris\""
              .formatted(text, ids.length));
    }
    return new Answer(ids[0], text);
  }

  /// `answer` against `wrong`.
  public Score score() {
    return Score.difference(answer.id(), wrong.id());
  }

  /// The prompts exchanged: asks what brings the wrong answer about.
  public Contrast reversed() {
    return new Contrast(corrupt, clean, wrong, answer);
  }

  /// The positions where the prompts differ.
  public List<Integer> differences() {
    return IntStream.range(0, clean.size())
        .filter(i -> !clean.ids().get(i).equals(corrupt.ids().get(i)))
        .boxed()
        .toList();
  }
}
