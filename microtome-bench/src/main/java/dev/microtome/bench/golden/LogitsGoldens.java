package dev.microtome.bench.golden;

import dev.microtome.models.LogitsProcessor;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Scores changed by the rules of generation. A rule and its number are read from the golden's
/// name; `chain: A, B` is one rule after the other.
final class LogitsGoldens {
  private static final Pattern RULE =
      Pattern.compile("([a-z_]+?)(?:_([0-9.]+)(?:_eos_([0-9]+))?)?");

  private LogitsGoldens() {}

  static void check(JsonNode golden, Comparison found) {
    Tensor ids = matrix(golden.path("input_ids")).to(DType.INT64);
    Tensor scores = matrix(golden.path("scores"));
    for (Map.Entry<String, JsonNode> one : golden.path("results").properties()) {
      found.attempt(
          one.getKey(),
          () -> {
            Tensor changed = scores;
            for (String rule : one.getKey().replace("chain: ", "").split(", ", -1)) {
              changed = rule(rule).apply(ids, changed);
            }
            compare(one.getKey(), matrix(one.getValue()), changed, found);
          });
    }
  }

  /// Forbidden tokens must be the same, the rest close.
  private static void compare(String name, Tensor wanted, Tensor changed, Comparison found) {
    Tensor forbidden = wanted.lt(-1e30);
    boolean same = changed.lt(-1e30).eq(forbidden).all().toBooleans()[0];
    if (same) {
      found.close(name, wanted.maskedFill(forbidden, 0), changed.maskedFill(forbidden, 0));
    } else {
      found.equal(name, wanted.toString(), changed.toString());
    }
  }

  private static LogitsProcessor rule(String text) {
    Matcher rule = RULE.matcher(text);
    if (!rule.matches()) {
      throw new IllegalArgumentException("unknown rule " + text);
    }
    double number = rule.group(2) == null ? 0 : Double.parseDouble(rule.group(2));
    return switch (rule.group(1)) {
      case "temperature" -> new LogitsProcessor.Temperature(number);
      case "top_k" -> new LogitsProcessor.TopK((int) number);
      case "top_p" -> new LogitsProcessor.TopP(number);
      case "min_p" -> new LogitsProcessor.MinP(number);
      case "typical_p" -> new LogitsProcessor.TypicalP(number);
      case "repetition_penalty" -> new LogitsProcessor.RepetitionPenalty(number);
      case "no_repeat_ngram" -> new LogitsProcessor.NoRepeatNgram((int) number);
      case "min_length" ->
          new LogitsProcessor.MinLength((int) number, List.of(Long.valueOf(rule.group(3))));
      // The golden does not say which: these are the ones that give it.
      case "bad_words" -> new LogitsProcessor.BadWords(List.of(List.of(5L, 11L), List.of(4L)));
      case "suppress" -> new LogitsProcessor.Suppress(List.of(3L, 8L));
      default -> throw new IllegalArgumentException("unknown rule " + text);
    };
  }

  private static Tensor matrix(JsonNode rows) {
    var numbers = new float[rows.size()][];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode row = rows.path(i);
      numbers[i] = new float[row.size()];
      for (int j = 0; j < numbers[i].length; j++) {
        numbers[i][j] =
            row.path(j).isNull() ? Float.NEGATIVE_INFINITY : (float) row.path(j).doubleValue();
      }
    }
    return Tensor.of(numbers);
  }
}
