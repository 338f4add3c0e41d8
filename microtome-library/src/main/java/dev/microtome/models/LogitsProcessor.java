package dev.microtome.models;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One rule that changes the scores of the next token before one is chosen. Forbidden tokens get
/// minus infinity.
public sealed interface LogitsProcessor {
  /// Changes the scores.
  ///
  /// @param ids the tokens so far (batch, tokens), padding included
  /// @param scores of the next token (batch, vocabulary)
  /// @return new scores; the given ones stay
  Tensor apply(Tensor ids, Tensor scores);

  /// The rules `options` ask for, in the order the Python libraries apply them; those that shape a
  /// distribution come last, and only when one is drawn from.
  static List<LogitsProcessor> of(GenerationOptions options, int promptLength) {
    var rules = new ArrayList<LogitsProcessor>();
    Double penalty = options.repetitionPenalty;
    if (penalty != null && penalty != 1) {
      rules.add(new RepetitionPenalty(penalty));
    }
    int ngram = orZero(options.noRepeatNgram);
    if (ngram > 0) {
      rules.add(new NoRepeatNgram(ngram));
    }
    if (options.badWords != null && !options.badWords.isEmpty()) {
      rules.add(new BadWords(options.badWords));
    }
    int added = orZero(options.minNewTokens);
    int least = Math.max(orZero(options.minLength), added == 0 ? 0 : promptLength + added);
    if (least > 0) {
      rules.add(new MinLength(least, options.stops()));
    }
    if (options.suppressed != null && !options.suppressed.isEmpty()) {
      rules.add(new Suppress(options.suppressed));
    }
    if (options.samples()) {
      addWarpers(options, rules);
    }
    return rules;
  }

  private static void addWarpers(GenerationOptions options, List<LogitsProcessor> rules) {
    if (options.temperature != null && options.temperature != 1) {
      rules.add(new Temperature(options.temperature));
    }
    int k = options.topK == null ? 50 : options.topK;
    if (k > 0) {
      rules.add(new TopK(k));
    }
    if (options.topP != null && options.topP < 1) {
      rules.add(new TopP(options.topP));
    }
    if (options.minP != null && options.minP > 0) {
      rules.add(new MinP(options.minP));
    }
    if (options.typicalP != null && options.typicalP < 1) {
      rules.add(new TypicalP(options.typicalP));
    }
  }

  private static int orZero(@Nullable Integer number) {
    return number == null ? 0 : number;
  }

  /// Minus infinity where `forbidden` holds.
  private static Tensor without(Tensor scores, Tensor forbidden) {
    return scores.maskedFill(forbidden, Double.NEGATIVE_INFINITY);
  }

  /// Minus infinity at token `ids` of each row.
  private static Tensor without(Tensor scores, List<? extends Set<Long>> idsPerRow) {
    long width = scores.size(1);
    var forbidden = new boolean[(int) scores.numel()];
    for (int row = 0; row < idsPerRow.size(); row++) {
      for (long id : idsPerRow.get(row)) {
        if (id < width) {
          forbidden[(int) (row * width + id)] = true;
        }
      }
    }
    return without(scores, Tensor.from(forbidden, scores.shape().dims()));
  }

  private static long[][] rows(Tensor ids) {
    int width = (int) ids.size(1);
    long[] all = ids.toLongs();
    var rows = new long[(int) ids.size(0)][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = java.util.Arrays.copyOfRange(all, row * width, (row + 1) * width);
    }
    return rows;
  }

  /// Divides positive scores of tokens seen before by `penalty`, multiplies negative ones.
  record RepetitionPenalty(double penalty) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      Tensor seen = scores.gather(1, ids);
      return scores.scatter(1, ids, seen.mul(penalty).where(seen.lt(0), seen.div(penalty)));
    }
  }

  /// Forbids what would complete a sequence of `n` tokens that is already there.
  record NoRepeatNgram(int n) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      var forbidden = new ArrayList<Set<Long>>();
      for (long[] row : rows(ids)) {
        var ends = new HashSet<Long>();
        for (int at = 0; at + n <= row.length; at++) {
          if (matches(row, at)) {
            ends.add(row[at + n - 1]);
          }
        }
        forbidden.add(ends);
      }
      return without(scores, forbidden);
    }

    private boolean matches(long[] row, int at) {
      int last = row.length - (n - 1);
      for (int i = 0; i < n - 1; i++) {
        if (row[at + i] != row[last + i]) {
          return false;
        }
      }
      return true;
    }
  }

  /// Forbids the last token of each sequence of `words` that would be completed.
  record BadWords(List<List<Long>> words) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      var forbidden = new ArrayList<Set<Long>>();
      for (long[] row : rows(ids)) {
        var ends = new HashSet<Long>();
        for (List<Long> word : words) {
          if (endsWith(row, word.subList(0, word.size() - 1))) {
            ends.add(word.getLast());
          }
        }
        forbidden.add(ends);
      }
      return without(scores, forbidden);
    }

    private static boolean endsWith(long[] row, List<Long> begin) {
      int at = row.length - begin.size();
      for (int i = 0; i < begin.size(); i++) {
        if (at < 0 || row[at + i] != begin.get(i)) {
          return false;
        }
      }
      return true;
    }
  }

  /// Forbids `stops` while the text, prompt included, is shorter than `length`.
  record MinLength(int length, List<Long> stops) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      return ids.size(1) < length ? new Suppress(stops).apply(ids, scores) : scores;
    }
  }

  /// Forbids `tokens`.
  record Suppress(List<Long> tokens) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      var set = new HashSet<>(tokens);
      return without(scores, java.util.Collections.nCopies((int) scores.size(0), set));
    }
  }

  /// Divides all scores.
  record Temperature(double temperature) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      return scores.div(temperature);
    }
  }

  /// Keeps the `k` highest, and what equals the lowest of them.
  record TopK(int k) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      Tensor kept = scores.topk(Math.min(k, scores.size(-1)), -1).values();
      return without(scores, scores.lt(kept.narrow(-1, kept.size(-1) - 1, 1)));
    }
  }

  /// Keeps the likeliest that together reach probability `p`, at least one (Holtzman et al. 2020).
  record TopP(double p) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      var ascending = scores.sort(-1, false);
      Tensor below = ascending.values().softmax(-1).cumsum(-1).le(1 - p);
      below.narrow(-1, below.size(-1) - 1, 1).zero_();
      return without(scores, below.zerosLike().scatter(1, ascending.indices(), below));
    }
  }

  /// Keeps those at least `p` times as likely as the likeliest (Nguyen et al. 2024).
  record MinP(double p) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      Tensor probabilities = scores.softmax(-1);
      return without(scores, probabilities.lt(probabilities.amax(-1, true).mul(p)));
    }
  }

  /// Keeps those whose surprise is nearest to the expected surprise, together of probability `p`
  /// (Meister et al. 2023).
  record TypicalP(double p) implements LogitsProcessor {
    @Override
    public Tensor apply(Tensor ids, Tensor scores) {
      Tensor logs = scores.logSoftmax(-1);
      Tensor entropy = logs.mul(logs.exp()).nanToNum(0.0, null, null).sum(-1, true).neg();
      var nearest = logs.neg().sub(entropy).abs().sort(-1, false);
      Tensor mass = scores.gather(1, nearest.indices()).softmax(-1).cumsum(-1);
      Tensor last = mass.lt(p).to(DType.INT64).sum(-1, true).clamp(0, scores.size(-1) - 1);
      Tensor beyond = nearest.values().gt(nearest.values().gather(1, last));
      beyond.narrow(-1, 0, 1).zero_();
      Tensor none = Tensor.zeros(new Shape(scores.shape().dims()), DType.BOOL);
      return without(scores, none.scatter(1, nearest.indices(), beyond));
    }
  }
}
