package dev.microtome.bench.soak;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The command `soak [--long] [PROMISE…]`: tries promises one after the other and prints a line for
/// each. Exits 0 when all hold, 1 when one is broken, 2 when misused.
public final class Soak {
  private static final List<Trial> ALL =
      List.of(
          new MemoryTrial(), // the longest first
          new NetworkTrial(),
          new QueueTrial(),
          new HttpFuzzTrial(),
          new JobFuzzTrial(),
          new WorkerTrial(),
          new KillTrial(),
          new IsolationTrial(),
          new CostTrial(),
          new UnwrittenTrial(),
          new CancelTrial(),
          new EventTrial(),
          new RetryTrial(),
          new TerminationTrial(),
          new FullDiskTrial(),
          new StreamTrial(),
          new CanaryTrial(),
          new SlowTrial(),
          new RefusedTrial(),
          new KeyTimeTrial(),
          new CacheTimeTrial());
  private static final int MINUTES = 20;

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
    if (length == Trial.Length.LONG) {
      System.out.println("the long form takes about " + MINUTES + " minutes on an idle machine");
    }
    long broken = tried(trials, length);
    System.out.printf("soak: %d promises tried, %d broken%n", trials.size(), broken);
    return broken == 0 ? 0 : 1;
  }

  /// Those that measure times one after the other, then the rest, as many at once as there are
  /// processors and one more, since they wait a lot. Returns how many did not hold.
  private static long tried(List<Trial> trials, Trial.Length length) {
    long broken =
        trials.stream().filter(Trial::isAlone).filter(trial -> !holds(trial, length)).count();
    int lanes = Runtime.getRuntime().availableProcessors() + 1;
    try (var threads = Executors.newFixedThreadPool(lanes, Thread.ofPlatform().factory())) {
      List<Future<Boolean>> held =
          trials.stream()
              .filter(trial -> !trial.isAlone())
              .map(trial -> threads.submit(() -> holds(trial, length)))
              .toList();
      for (Future<Boolean> one : held) {
        broken += one.get() ? 0 : 1;
      }
    } catch (ExecutionException | InterruptedException stopped) {
      throw new IllegalStateException("the trials were stopped", stopped);
    }
    return broken;
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
