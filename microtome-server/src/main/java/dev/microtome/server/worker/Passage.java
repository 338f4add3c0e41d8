package dev.microtome.server.worker;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TokenRun;
import dev.microtome.models.TransformerBlock;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Watches a network's blocks, so that a run can be ended between two of them and tells how far it
/// is. Scans pass here too and count for nothing.
final class Passage {
  private static final long NANOS_BETWEEN_REPORTS = 100_000_000;

  /// Hears how far a run is.
  interface Steps {
    void done(int done, int all);
  }

  private @Nullable Runnable between;
  private @Nullable Steps steps;
  private int done;
  private int all;
  private long told;

  Passage(CausalNetwork network) {
    for (TransformerBlock block : network.blocks()) {
      block.onOutput((_, value) -> {
        pass();
        return value;
      });
    }
  }

  private void pass() {
    if (between == null || steps == null) {
      return;
    }
    between.run();
    done = Math.min(all, done + 1);
    long now = System.nanoTime();
    if (now - told > NANOS_BETWEEN_REPORTS) {
      told = now;
      steps.done(done, all);
    }
  }

  /// Does `body`, asking `check` at each block.
  <T> T during(Runnable check, Steps hear, int blocks, Supplier<T> body) {
    between = check;
    steps = hear;
    done = 0;
    all = blocks;
    told = System.nanoTime();
    try {
      return body.get();
    } finally {
      between = null;
      steps = null;
    }
  }

  /// How many blocks `runs` will pass, at most.
  static int blocks(LanguageModel<?> model, List<TokenRun> runs) {
    long calls = 0;
    for (TokenRun run : runs) {
      var generation = run.generation();
      calls += generation == null ? 1 : generation.longest(run.prompts());
    }
    return (int) Math.min(Integer.MAX_VALUE, calls * model.network().blocks().size());
  }
}
