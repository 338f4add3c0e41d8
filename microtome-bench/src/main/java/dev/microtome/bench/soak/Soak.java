package dev.microtome.bench.soak;

import java.util.Arrays;
import java.util.List;

/// The command `soak [--long] [PROMISE…]`: tries promises one after the other and prints a line for
/// each. Exits 0 when all hold, 1 when one is broken, 2 when misused.
public final class Soak {
  private static final List<Trial> ALL =
      List.of(
          new KillTrial(),
          new QueueTrial(),
          new RetryTrial(),
          new EventTrial(),
          new StreamTrial(),
          new SlowTrial(),
          new CanaryTrial(),
          new HttpFuzzTrial(),
          new JobFuzzTrial());

  private Soak() {}

  /// Runs the command.
  public static void main(String[] args) {
    System.exit(run(List.of(args)));
  }

  private static int run(List<String> args) {
    var length = args.contains("--long") ? Trial.Length.LONG : Trial.Length.SHORT;
    List<String> wanted = args.stream().filter(arg -> !arg.equals("--long")).toList();
    List<Trial> trials =
        ALL.stream().filter(trial -> wanted.isEmpty() || wanted.contains(trial.promise())).toList();
    if (trials.isEmpty()) {
      System.err.println("usage: soak [--long] [PROMISE…], with PROMISE one of");
      ALL.forEach(trial -> System.err.println("  " + trial.promise() + "  " + trial.about()));
      return 2;
    }
    long broken = trials.stream().filter(trial -> !holds(trial, length)).count();
    System.out.printf("soak: %d promises tried, %d broken%n", trials.size(), broken);
    return broken == 0 ? 0 : 1;
  }

  private static boolean holds(Trial trial, Trial.Length length) {
    long began = System.nanoTime();
    Trial.Outcome outcome;
    try {
      outcome = trial.run(length);
    } catch (Exception broken) {
      outcome =
          new Trial.Outcome(
              false, broken + " at " + Arrays.stream(broken.getStackTrace()).limit(3).toList());
    }
    System.out.printf(
        "%-6s %-8s %5.1f s  %s: %s%n",
        outcome.holds() ? "holds" : "BROKEN",
        trial.promise(),
        (System.nanoTime() - began) / 1e9,
        trial.about(),
        outcome.numbers());
    return outcome.holds();
  }
}
