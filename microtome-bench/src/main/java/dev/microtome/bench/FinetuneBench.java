package dev.microtome.bench;

import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A training step with DoRA at GPT-2-small shape beside weights of 3 bits, over the same step
/// beside float32 weights: 4 sequences of 64 tokens, rank 16 beside every linear layer but the
/// head. Memory is that of weights, buffers, adapters and what AdamW remembers.
///
/// `-Dmicrotome.bench.blocks=2` makes the network shallower for a quick look.
final class FinetuneBench implements Benchmark {
  private static final int ROUNDS = Integer.getInteger("microtome.bench.rounds", 5);
  private static final int BLOCKS = Integer.getInteger("microtome.bench.blocks", 12);
  private static final String FLOAT = "float32";

  @Override
  public String name() {
    return "finetune";
  }

  @Override
  public String about() {
    return "a training step with DoRA beside 3-bit weights over one beside float32 weights";
  }

  @Override
  public List<Figure> run() {
    var figures = new ArrayList<Figure>();
    for (int threads : new int[] {1, 2}) {
      Torch.threads(threads);
      figures.addAll(measure(threads));
    }
    return figures;
  }

  private List<Figure> measure(int threads) {
    Torch.manualSeed(0);
    Tensor ids = FinetuneJob.ids();
    Tensor targets = FinetuneJob.targets();
    var plain = FinetuneJob.plain(BLOCKS);
    Map<String, FinetuneJob> small = small();
    var rounds = Rounds.of(FLOAT, () -> plain.step(ids, targets));
    small.forEach((name, job) -> rounds.and(name, () -> job.step(ids, targets)));
    (threads == 1 ? rounds.inCpuTime() : rounds).measure(1, ROUNDS);
    var figures = new ArrayList<Figure>();
    String on = threads == 1 ? ", 1 thread" : ", 2 threads";
    var time = rounds.time(FLOAT).map(micros -> micros / 1e3);
    figures.add(new Figure(name(), "step beside float32" + on, time, "ms", null));
    for (String name : small.keySet()) {
      var ratio = rounds.ratio(name, FLOAT);
      String what = "step beside " + name + on;
      figures.add(new Figure(name(), what, ratio, "x", Figure.atMost(1.25)));
    }
    if (threads == 1) {
      memory((double) plain.bytes(), small, figures);
    }
    return figures;
  }

  private void memory(double plain, Map<String, FinetuneJob> small, List<Figure> figures) {
    String what = "weights and optimizer, ";
    figures.add(new Figure(name(), what + FLOAT, plain / 1e6, "MB", null, 0));
    small.forEach((name, job) ->
        figures.add(
            new Figure(name(), what + name, job.bytes() / plain, "x", Figure.atMost(0.45), 0)));
    if (ProcessMemory.isMeasurable()) {
      double whole = OwnProcess.number(FinetuneMemory.class, "float32", "" + BLOCKS);
      double few = OwnProcess.number(FinetuneMemory.class, "3 bits", "" + BLOCKS);
      String live = "held at most in a step, activations too, ";
      figures.add(new Figure(name(), live + FLOAT, whole / 1e6, "MB", null, 0));
      figures.add(new Figure(name(), live + "3 bits", few / whole, "x", null, 0));
    }
  }

  private static Map<String, FinetuneJob> small() {
    var jobs = new LinkedHashMap<String, FinetuneJob>();
    jobs.put("3 bits", FinetuneJob.small(BLOCKS, Precision.FULL));
    jobs.put("3 bits, fast", FinetuneJob.small(BLOCKS, Precision.FAST));
    return jobs;
  }
}
