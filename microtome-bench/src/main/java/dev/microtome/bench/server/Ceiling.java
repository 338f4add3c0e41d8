package dev.microtome.bench.server;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.Arrays;
import java.util.List;

/// What sharing a forward pass can gain at most on this machine: prompts of one length as rows of
/// one pass against a pass for each, without any server, trace or padding around them.
final class Ceiling {
  private static final int ROUNDS = 5;

  private Ceiling() {}

  /// How many times as fast `rows` prompts of `tokens` tokens are together, with so many threads.
  static double of(LanguageModel<?> lm, int rows, int tokens, int threads) {
    int before = Torch.threads();
    Torch.threads(threads);
    try {
      double[] ratios = new double[ROUNDS];
      for (int i = -1; i < ROUNDS; i++) { // the first one warms up
        double alone = 0;
        for (int row = 0; row < rows; row++) {
          alone += nanos(lm, List.of(ids(row, tokens)));
        }
        double shared = nanos(lm, range(rows, tokens));
        ratios[Math.max(0, i)] = alone / shared;
      }
      Arrays.sort(ratios);
      return ratios[ROUNDS / 2];
    } finally {
      Torch.threads(before);
    }
  }

  private static List<long[]> range(int rows, int tokens) {
    return java.util.stream.IntStream.range(0, rows).mapToObj(row -> ids(row, tokens)).toList();
  }

  /// Token ids that differ from prompt to prompt.
  static long[] ids(int seed, int tokens) {
    long[] ids = new long[tokens];
    Arrays.setAll(ids, i -> 100L * seed + 17L * i + 5);
    return ids;
  }

  private static double nanos(LanguageModel<?> lm, List<long[]> prompts) {
    return Scope.run(() -> {
      var input = new CausalNetwork.Input(Tensor.of(prompts.toArray(long[][]::new)));
      long begin = System.nanoTime();
      var _ = lm.run(input);
      return (double) (System.nanoTime() - begin);
    });
  }
}
