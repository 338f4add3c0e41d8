package dev.microtome.models;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Forecast;
import java.util.List;

/// What runs of a language model take: its graph's share told from shapes, the network's own from
/// its size (Kaplan et al. 2020: two operations for each parameter and token, and attention's).
public final class RunCosts {
  private static final double BACKWARD = 3;

  private RunCosts() {}

  /// What `runs` will take.
  ///
  /// @throws dev.microtome.trace.RunException when a graph names what the network has not
  public static Forecast of(LanguageModel<?> model, List<TokenRun> runs) {
    Forecast graphs =
        Grad.off(() -> model.model().forecast(runs.stream().map(run -> run.on(model)).toList()));
    double parameters =
        model.network().stateDict().values().stream().mapToDouble(Tensor::numel).sum();
    double flops = 0;
    double bytes = 0;
    for (TokenRun run : runs) {
      double factor = run.gradients() && goesBackward(run) ? BACKWARD : 1;
      flops += factor * flops(model, run, parameters);
      bytes += cache(model, run);
    }
    return graphs.with(bytes, flops);
  }

  private static boolean goesBackward(TokenRun run) {
    return run.graph().backwards() > 0;
  }

  private static int added(TokenRun run) {
    return run.generation() == null ? 0 : run.generation().longest(run.prompts());
  }

  private static double flops(LanguageModel<?> model, TokenRun run, double parameters) {
    double all = 0;
    for (long[] prompt : run.prompts()) {
      double tokens = prompt.length + added(run);
      all += 2 * parameters * tokens;
      all += 4.0 * model.network().blocks().size() * tokens * tokens * width(model);
    }
    return all;
  }

  /// Keys and values of all tokens.
  private static double cache(LanguageModel<?> model, TokenRun run) {
    double tokens = run.prompts().stream().mapToDouble(prompt -> prompt.length + added(run)).sum();
    return 2.0 * Float.BYTES * model.network().blocks().size() * tokens * width(model);
  }

  // Of the embedding, whose rows are the vocabulary.
  private static double width(LanguageModel<?> model) {
    return model.network().stateDict().values().stream()
        .filter(tensor -> tensor.dim() == 2 && tensor.size(0) == model.network().vocabulary())
        .mapToDouble(tensor -> tensor.size(1))
        .findFirst()
        .orElse(1);
  }
}
