package dev.microtome.bench.soak;

import dev.microtome.bench.ProcessMemory;
import java.util.Locale;

/// Weighs random graphs: each is refused before it runs, or stays within what it was told to take,
/// by what the system counts. Where the system does not tell, nothing is tried.
final class CostTrial implements Trial {
  private static final double ENOUGH = 0.9;
  private static final double SHARE = 0.99;
  private static final long NOTICEABLE = 8 << 20;

  @Override
  public String promise() {
    return "L9";
  }

  @Override
  public String about() {
    return "what a graph takes is known before it runs";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    if (!ProcessMemory.isMeasurable()) {
      return new Outcome(true, "not tried: this system does not tell what a process holds");
    }
    GraphProcess.Runs runs = GraphProcess.of(length.of(400, 10_000), 1, "");
    int refused = 0;
    int failed = 0;
    int ran = 0;
    int large = 0;
    int within = 0;
    int above = 0;
    for (String line : runs.lines()) {
      String[] parts = line.split(" ", -1);
      refused += parts[0].equals("refused") ? 1 : 0;
      failed += parts[0].equals("failed") ? 1 : 0;
      if (parts[0].equals("ran")) {
        long told = Long.parseLong(parts[1]);
        long held = Long.parseLong(parts[2]);
        ran++;
        above += held > GraphProcess.MEMORY ? 1 : 0;
        large += held > NOTICEABLE ? 1 : 0;
        within += held > NOTICEABLE && told >= ENOUGH * held ? 1 : 0;
      }
    }
    return new Outcome(
        ran > 0 && above == 0 && runs.died() == 0 && runs.changed() == 0 && within >= SHARE * large,
        String.format(
            Locale.ROOT,
            "%d random graphs: %d refused, %d ran, %d failed in the run, %d ended their process; of"
                + " %d that held over 8 MB, %d were told at least 90 %% of it; %d above the limit",
            runs.lines().size(),
            refused,
            ran,
            failed,
            runs.died(),
            large,
            within,
            above));
  }
}
