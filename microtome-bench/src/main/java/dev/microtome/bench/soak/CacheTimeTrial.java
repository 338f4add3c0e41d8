package dev.microtome.bench.soak;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.server.job.Payload;
import dev.microtome.server.worker.InProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Runs prompts somebody else has just run, and prompts nobody has, in turns: the time must not
/// tell which it was.
final class CacheTimeTrial implements Trial {
  private static final int ROUNDS = 3;
  private static final double SIGNIFICANT = 0.01;
  private static final int TOKENS = 12;

  private final Random random = new Random(4);

  @Override
  public String promise() {
    return "T4";
  }

  @Override
  public String about() {
    return "the time of a job does not tell whether somebody ran its prompt before";
  }

  @Override
  public boolean isAlone() {
    return true;
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int tries = length.of(150, 1_000);
    Path folder = Files.createTempDirectory("microtome-soak");
    LanguageModel<Gpt2> model = LanguageModel.shipped();
    var jobs =
        new Edits(model, List.of("transformer.h.1"), "lm_head", Edits.PLAIN, List.of(), random);
    try (var engine = InProcess.start("m", Folders.shipped(folder.resolve("model")), 1)) {
      double p = 0;
      double[] medians = {};
      for (int round = 0; round < ROUNDS && p <= SIGNIFICANT; round++) { // chance is 1 in 100
        double[][] times = new double[2][tries];
        for (int i = 0; i < tries; i++) {
          var known = jobs.sharable(TOKENS);
          double _ = seconds(engine, folder, known);
          boolean knownFirst = random.nextBoolean();
          for (int turn = 0; turn < 2; turn++) {
            boolean isKnown = knownFirst == (turn == 0);
            times[isKnown ? 0 : 1][i] =
                seconds(engine, folder, isKnown ? known : jobs.again(known, TOKENS));
          }
        }
        p = signTest(times[0], times[1]);
        medians = new double[] {median(times[0]), median(times[1])};
      }
      return new Outcome(
          p > SIGNIFICANT,
          String.format(
              Locale.ROOT,
              "%d pairs, medians %.3f ms for prompts that ran before, %.3f ms for others, p = %.2f",
              tries,
              medians[0] * 1e3,
              medians[1] * 1e3,
              p));
    } finally {
      Folders.delete(folder);
    }
  }

  private static double seconds(InProcess engine, Path folder, Payload payload)
      throws InterruptedException {
    long began = System.nanoTime();
    List<Object> _ = Outcomes.of(engine, folder, List.of(payload));
    return (System.nanoTime() - began) / 1e9;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /// How likely it is that one of a pair is less than the other as often by chance.
  private static double signTest(double[] one, double[] other) {
    int less = 0;
    for (int i = 0; i < one.length; i++) {
      less += one[i] < other[i] ? 1 : 0;
    }
    double z = Math.abs(less - one.length / 2.0) / Math.sqrt(one.length / 4.0);
    return Math.exp(-0.717 * z - 0.416 * z * z); // of both tails, to two digits
  }
}
