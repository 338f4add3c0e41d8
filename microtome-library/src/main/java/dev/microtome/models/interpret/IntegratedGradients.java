package dev.microtome.models.interpret;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How much each token of a prompt contributes to a score: the gradient at its embedding, averaged
/// on the straight way from a baseline to the prompt, times that way (Sundararajan et al. 2017).
///
/// @param prompt what was read
/// @param shares for each token its share of the score
/// @param score the score of the prompt
/// @param baseline the score of the baseline
public record IntegratedGradients(
    Prompt prompt, List<Double> shares, double score, double baseline) {
  private static final int MOST_TOKENS = 2048; // in one run: bounds memory

  public IntegratedGradients {
    shares = List.copyOf(shares);
  }

  /// By how much the shares miss what they should sum to, `score − baseline`. More steps bring it
  /// nearer to 0.
  public double gap() {
    return shares.stream().mapToDouble(Double::doubleValue).sum() - (score - baseline);
  }

  /// Whether the shares sum up to what was gained, but for a share `tolerance` of it.
  public boolean isComplete(double tolerance) {
    return Math.abs(gap()) <= tolerance * Math.abs(score - baseline);
  }

  /// From the corrupt prompt to the clean one: which tokens make the difference.
  public static IntegratedGradients of(LanguageModel<?> lm, Contrast contrast, int steps) {
    Tensor baseline = embedded(lm, contrast.corrupt());
    return of(lm, contrast.clean(), contrast.score(), baseline, steps);
  }

  /// From a baseline of one's own.
  ///
  /// @param baseline in place of what the embeddings give, (1, tokens, width)
  /// @param steps at how many points of the way gradients are taken; 20 to 100 as a rule
  public static IntegratedGradients of(
      LanguageModel<?> lm, Prompt prompt, Score score, Tensor baseline, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("at least 1 step is needed, got " + steps);
    }
    Tensor end = embedded(lm, prompt);
    if (!baseline.shape().equals(end.shape())) {
      throw new IllegalArgumentException(
          "the baseline is %s, but the prompt's embeddings are %s"
              .formatted(baseline.shape(), end.shape()));
    }
    var path = new Path(lm, prompt, score, baseline, end.sub(baseline));
    return StillParameters.during(lm, () -> Scope.run(() -> path.integrated(steps)));
  }

  /// What a prompt's embeddings give, (1, tokens, width), without gradients.
  public static Tensor embedded(LanguageModel<?> lm, Prompt prompt) {
    return Grad.off(() ->
        lm.trace(
            prompt.array(),
            t -> {
              t.stop();
              return t.at(lm.network().embedded()).output();
            }));
  }

  /// The straight way from `start`, `way` long.
  private record Path(LanguageModel<?> lm, Prompt prompt, Score score, Tensor start, Tensor way) {
    /// Scores and gradients at several points, (points) and (points, tokens, width).
    private record Points(Tensor scores, Tensor gradients) {}

    IntegratedGradients integrated(int steps) {
      double[] ends = at(new double[] {1, 0}).scores().toDoubles();
      var quadrature = Quadrature.gaussLegendre(steps);
      Tensor sum = way.zerosLike().squeeze(0);
      int most = Math.max(1, MOST_TOKENS / prompt.size());
      for (int from = 0; from < steps; from += most) {
        int to = Math.min(from + most, steps);
        double[] some = Arrays.copyOfRange(quadrature.points(), from, to);
        double[] weights = Arrays.copyOfRange(quadrature.weights(), from, to);
        Tensor before = sum;
        sum = Scope.run(() -> before.add(at(some).gradients().mul(column(weights)).sum(0)));
      }
      var shares = new ArrayList<Double>();
      for (double share : sum.mul(way.squeeze(0)).sum(-1).toDoubles()) {
        shares.add(share);
      }
      return new IntegratedGradients(prompt, shares, ends[0], ends[1]);
    }

    // Every point is a row of one batch.
    private Points at(double[] points) {
      Tensor ids = Tensor.of(new long[][] {prompt.array()}).repeat(points.length, 1);
      Tensor places = start.add(way.mul(column(points))).detach();
      return lm.model()
          .trace(
              new CausalNetwork.Input(ids, null, null, null, 1),
              t -> {
                Tensor embedded = t.at(lm.network().embedded()).output();
                embedded.copy_(places);
                embedded.requiresGrad_(true);
                Tensor gradients = embedded.grad();
                Tensor scores = score.of(t.at(lm.network().head()).output().select(1, -1));
                scores.sum().backward();
                return new Points(scores, gradients);
              });
    }

    private Tensor column(double[] numbers) {
      return Tensor.of(numbers).to(way.dtype()).view(numbers.length, 1, 1);
    }
  }
}
