package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Chooses the next token of each row from its logits, after the rules have changed them. A padded
/// row is judged without its padding, as if it stood alone.
final class NextTokens {
  private final GenerationOptions options;
  private final TokenBatch prompts;
  private final List<List<LogitsProcessor>> rules = new ArrayList<>();

  NextTokens(GenerationOptions options, TokenBatch prompts) {
    this.options = options;
    this.prompts = prompts;
    int kinds = prompts.isPadded() ? prompts.rows().length : 1;
    for (int row = 0; row < kinds; row++) {
      rules.add(LogitsProcessor.of(options, prompts.length(row)));
    }
  }

  /// The next token ids, (rows).
  ///
  /// @param ids the tokens so far (rows, tokens), padding included
  /// @param logits (rows, vocabulary)
  Tensor choose(Supplier<Tensor> ids, Tensor logits) {
    Tensor scores = rules.getFirst().isEmpty() ? logits : scores(ids.get(), logits);
    return options.samples()
        ? scores.softmax(-1).multinomial(1, false).squeeze(1)
        : scores.argmax(-1);
  }

  private Tensor scores(Tensor ids, Tensor logits) {
    if (rules.size() == 1) {
      return apply(rules.getFirst(), ids, logits);
    }
    var rows = new ArrayList<Tensor>();
    for (int row = 0; row < rules.size(); row++) {
      int padding = prompts.padding()[row];
      Tensor own = ids.narrow(0, row, 1).narrow(1, padding, ids.size(1) - padding);
      rows.add(apply(rules.get(row), own, logits.narrow(0, row, 1)));
    }
    return Tensor.cat(rows, 0);
  }

  private static Tensor apply(List<LogitsProcessor> rules, Tensor ids, Tensor logits) {
    Tensor scores = logits;
    for (LogitsProcessor rule : rules) {
      scores = rule.apply(ids, scores);
    }
    return scores;
  }
}
