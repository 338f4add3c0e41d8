package dev.microtome.models;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import dev.microtome.trace.Model;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Follows the likeliest continuations side by side. A finished one scores its log-probability over
/// its number of new tokens to the power of the length penalty.
final class BeamSearch {
  private final CausalNetwork network;
  private final Model<CausalNetwork.Input, CausalNetwork.Output> model;
  private final GenerationOptions options;
  private final TokenBatch prompt;
  private final int width;
  private final int limit;
  private final List<LogitsProcessor> rules;
  private final List<Beam> finished = new ArrayList<>();
  private List<Beam> beams = new ArrayList<>();

  /// @param tokens with the prompt
  /// @param row which row of the step before it continues
  private record Beam(List<Long> tokens, double logProbability, int row) {
    Beam plus(long id, double sum, int fromRow) {
      var longer = new ArrayList<>(tokens);
      longer.add(id);
      return new Beam(longer, sum, fromRow);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // plain data, compared by nobody
  private record Candidates(float[] scores, long[] places) {}

  private BeamSearch(
      CausalNetwork network,
      Model<CausalNetwork.Input, CausalNetwork.Output> model,
      GenerationOptions options,
      TokenBatch prompt) {
    this.network = network;
    this.model = model;
    this.options = options;
    this.prompt = prompt;
    width = options.beams == null ? 1 : options.beams;
    limit = Generator.limit(network, options, prompt);
    rules = LogitsProcessor.of(options, prompt.width());
    if (options.samples()) {
      throw new IllegalArgumentException("beams can't be drawn by chance; use beams or sampling");
    }
  }

  /// The best continuation of each row, one row after the other.
  static List<long[]> run(
      CausalNetwork network,
      Model<CausalNetwork.Input, CausalNetwork.Output> model,
      GenerationOptions options,
      TokenBatch prompts) {
    var best = new ArrayList<long[]>();
    for (int row = 0; row < prompts.rows().length; row++) {
      long[] alone =
          Arrays.copyOfRange(prompts.rows()[row], prompts.padding()[row], prompts.width());
      var search = new BeamSearch(network, model, options, TokenBatch.of(List.of(alone), 0));
      best.add(Grad.off(search::best));
    }
    return best;
  }

  private long[] best() {
    List<Long> start = Arrays.stream(prompt.rows()[0]).boxed().toList();
    beams.add(new Beam(start, 0, 0));
    @Nullable KvCache[] cache = new @Nullable KvCache[1];
    for (int length = prompt.width(); length < limit && !isDecided(length); length++) {
      beams = next(cache);
    }
    Generator.free(cache[0]);
    beams.forEach(this::finish);
    Beam winner = finished.stream().max(Comparator.comparingDouble(this::score)).orElseThrow();
    return winner.tokens().stream().skip(prompt.width()).mapToLong(id -> id).toArray();
  }

  /// No unfinished beam can catch up with `width` finished ones.
  private boolean isDecided(int length) {
    if (finished.size() < width) {
      return false;
    }
    double reachable = beams.getFirst().logProbability() / penalty(length - prompt.width());
    return finished.stream().mapToDouble(this::score).min().orElseThrow() >= reachable;
  }

  private List<Beam> next(@Nullable KvCache[] cache) {
    int vocabulary = network.vocabulary();
    Candidates candidates = Scope.run(() -> candidates(cache));
    var going = new ArrayList<Beam>();
    for (int rank = 0; rank < candidates.places().length && going.size() < width; rank++) {
      int row = (int) (candidates.places()[rank] / vocabulary);
      long id = candidates.places()[rank] % vocabulary;
      Beam longer = beams.get(row).plus(id, candidates.scores()[rank], row);
      if (!options.stops().contains(id)) {
        going.add(longer);
      } else if (rank < width) {
        finish(longer);
      }
    }
    return going;
  }

  private Candidates candidates(@Nullable KvCache[] cache) {
    Tensor ids = ids();
    KvCache past = cache[0] == null ? null : cache[0].select(rowsKept());
    var step = Generator.step(model, options, prompt, ids, past);
    Generator.free(cache[0]);
    cache[0] = step.cache() == null ? null : Values.map(step.cache(), Tensor::save);
    Tensor scores = step.logits().logSoftmax(-1);
    for (LogitsProcessor rule : rules) {
      scores = rule.apply(ids, scores);
    }
    double[] sums = beams.stream().mapToDouble(Beam::logProbability).toArray();
    Tensor totals = scores.add(Tensor.of(sums).to(scores.dtype()).unsqueeze(1)).flatten();
    long wanted = (long) width * Math.max(2, 1 + options.stops().size());
    var top = totals.topk(Math.min(wanted, totals.numel()));
    return new Candidates(top.values().toFloats(), top.indices().toLongs());
  }

  private Tensor ids() {
    return Tensor.of(
        beams.stream()
            .map(beam -> beam.tokens().stream().mapToLong(id -> id).toArray())
            .toArray(long[][]::new));
  }

  private Tensor rowsKept() {
    return Tensor.of(beams.stream().mapToLong(Beam::row).toArray());
  }

  private void finish(Beam beam) {
    finished.add(beam);
    if (finished.size() > width) {
      finished.remove(finished.stream().min(Comparator.comparingDouble(this::score)).orElseThrow());
    }
  }

  private double score(Beam beam) {
    return beam.logProbability() / penalty(beam.tokens().size() - prompt.width());
  }

  private double penalty(int newTokens) {
    return Math.pow(newTokens, options.lengthPenalty == null ? 1 : options.lengthPenalty);
  }
}
