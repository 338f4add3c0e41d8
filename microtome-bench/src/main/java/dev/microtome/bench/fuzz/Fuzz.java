package dev.microtome.bench.fuzz;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Feeds broken input to each target for some time: `fuzz [--seconds N] [--seed N] [TARGET…]`.
/// Inputs that are not simply refused are kept as files, and the program fails.
public final class Fuzz {
  private static final int SECONDS = 60;
  private static final Duration SLOW = Duration.ofSeconds(5);
  private static final int MOST_FINDINGS = 10;

  private final FuzzTarget target;
  private final Mutator mutator;
  private long inputs;
  private long taken;
  private int findings;
  private long slowest;

  private Fuzz(FuzzTarget target, long seed) {
    this.target = target;
    this.mutator = new Mutator(new Random(seed));
  }

  /// Feeds every named target, or all, and ends the process with 1 when something was found.
  ///
  /// @param args `--seconds N` for each target, `--seed N`, names of targets
  public static void main(String[] args) throws Exception {
    int seconds = SECONDS;
    long seed = System.nanoTime();
    var names = new ArrayList<String>();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--seconds" -> seconds = Integer.parseInt(args[++i]);
        case "--seed" -> seed = Long.parseLong(args[++i]);
        default -> names.add(args[i]);
      }
    }
    System.out.println("seed " + seed);
    System.exit(fed(names, Duration.ofSeconds(seconds), seed) == 0 ? 0 : 1);
  }

  /// Feeds as many targets at once as there are processors; returns how much was found.
  private static int fed(List<String> names, Duration time, long seed) throws Exception {
    int processors = Runtime.getRuntime().availableProcessors();
    var running = new ArrayList<Future<Fuzz>>();
    try (var threads =
        Executors.newFixedThreadPool(processors, Thread.ofPlatform().name("fuzz").factory())) {
      for (FuzzTarget target : Targets.all()) {
        if (names.isEmpty() || names.contains(target.name())) {
          var fuzz = new Fuzz(target, seed);
          running.add(threads.submit(() -> fuzz.run(time)));
        }
      }
      int findings = 0;
      for (Future<Fuzz> one : running) {
        System.out.println(one.get());
        findings += one.get().findings;
      }
      return findings;
    }
  }

  private Fuzz run(Duration time) throws Exception {
    List<byte[]> seeds = target.seeds();
    for (byte[] seed : seeds) {
      feed(seed);
    }
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end && findings < MOST_FINDINGS) {
      feed(mutator.next(seeds));
    }
    return this;
  }

  private void feed(byte[] input) throws Exception {
    inputs++;
    long began = System.nanoTime();
    try {
      target.read(input);
      taken++;
    } catch (IllegalArgumentException refused) {
      // as it should be
    } catch (Exception | StackOverflowError | OutOfMemoryError found) {
      found(input, found.toString());
      found.printStackTrace(System.err);
    }
    long nanos = System.nanoTime() - began;
    slowest = Math.max(slowest, nanos);
    if (nanos > SLOW.toNanos()) {
      found(input, "took " + nanos / 1_000_000 + " ms");
    }
  }

  private void found(byte[] input, String what) throws Exception {
    findings++;
    Path file = Files.createTempFile("fuzz-" + target.name() + "-", ".bin");
    Files.write(file, input);
    System.err.println(target.name() + ": " + what + " (input kept in " + file + ")");
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%-12s %,9d inputs, %,7d taken, %d findings, slowest %.1f ms",
        target.name(),
        inputs,
        taken,
        findings,
        slowest / 1e6);
  }
}
