package dev.microtome.bench.soak;

import dev.microtome.server.job.Payload;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Mixed jobs for three models, sixteen at once and each alone: none sees the others, and the
/// weights are the same to the bit afterwards. Half of the runs hold prompts of one length; there
/// some jobs run a second time beside other ones, where a batch of the same shape must give the
/// same bits.
final class IsolationTrial implements Trial {
  private static final int TOGETHER = 16;

  private final Random random = new Random(5);
  private int jobs;
  private int mismatches;
  private int failed;
  private int again;
  private int changed;
  private double most;

  @Override
  public String promise() {
    return "T1-T5";
  }

  @Override
  public String about() {
    return "jobs that share a run get what they get alone, weights stay as they are";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    Path folder = Files.createTempDirectory("microtome-soak");
    List<Hosted> models = Hosted.all(folder, random);
    try {
      List<String> before = models.stream().map(hosted -> hosted.engine().weights()).toList();
      while (jobs < length.of(480, 10_000)) {
        round(models.get(random.nextInt(models.size())), folder);
      }
      List<String> after = models.stream().map(hosted -> hosted.engine().weights()).toList();
      long shared = models.stream().mapToLong(hosted -> hosted.engine().shared()).sum();
      boolean same = before.equals(after);
      return new Outcome(
          mismatches == 0 && failed == 0 && changed == 0 && same && shared > jobs / 2,
          String.format(
              Locale.ROOT,
              "%d jobs of %d models, %d of them in shared runs: %d top-1 mismatches, %d failed,"
                  + " largest difference %.1e; %d again beside others in the same shape, %d with"
                  + " other bits; weights %s",
              jobs,
              models.size(),
              shared,
              mismatches,
              failed,
              most,
              again,
              changed,
              same ? "the same to the bit" : "CHANGED"));
    } finally {
      models.forEach(Hosted::close);
      Folders.delete(folder);
    }
  }

  private void round(Hosted hosted, Path folder) throws InterruptedException {
    boolean alike = random.nextBoolean();
    int tokens = 3 + random.nextInt(12);
    var payloads = new ArrayList<Payload>();
    for (int i = 0; i < TOGETHER; i++) {
      payloads.add(
          alike ? hosted.jobs().sharable(tokens) : hosted.jobs().job(2 + random.nextInt(12)));
    }
    List<Object> together = Outcomes.of(hosted.engine(), folder, payloads);
    for (int i = 0; i < TOGETHER; i++) {
      Object alone = Outcomes.of(hosted.engine(), folder, List.of(payloads.get(i))).getFirst();
      compare(together.get(i), alone);
    }
    if (alike) {
      besideOthers(hosted, folder, tokens, payloads, together);
    }
  }

  private void besideOthers(
      Hosted hosted, Path folder, int tokens, List<Payload> payloads, List<Object> before)
      throws InterruptedException {
    var mixed = new ArrayList<>(payloads);
    for (int i = TOGETHER / 2; i < TOGETHER; i++) {
      mixed.set(i, hosted.jobs().sharable(tokens));
    }
    List<Object> now = Outcomes.of(hosted.engine(), folder, mixed);
    for (int i = 0; i < TOGETHER / 2; i++) {
      again++;
      changed += sameBits(before.get(i), now.get(i)) ? 0 : 1;
    }
  }

  private static boolean sameBits(Object one, Object other) {
    return one instanceof byte[] a && other instanceof byte[] b && Arrays.equals(a, b);
  }

  private void compare(Object together, Object alone) {
    jobs++;
    if (!(together instanceof byte[] one) || !(alone instanceof byte[] other)) {
      failed++;
      System.err.println(together + " | " + alone);
      return;
    }
    Scope.run(() -> {
      Tensor batched = only(one);
      Tensor lonely = only(other);
      mismatches += batched.argmax(-1).equal(lonely.argmax(-1)) ? 0 : 1;
      double scale = Math.max(1, lonely.abs().max().item());
      most = Math.max(most, batched.sub(lonely).abs().max().item() / scale);
      return List.of();
    });
  }

  private static Tensor only(byte[] result) {
    Safetensors file = Safetensors.of("a result", result);
    return file.tensor(file.names().getFirst());
  }
}
