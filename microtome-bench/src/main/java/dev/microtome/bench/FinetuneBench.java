package dev.microtome.bench;

import dev.microtome.adapt.Dora;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.CausalNetwork;
import dev.microtome.models.Gpt2;
import dev.microtome.models.Gpt2Config;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.GradClip;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A training step with DoRA at GPT-2-small shape beside weights of 3 bits, over the same step
/// beside float32 weights: 4 sequences of 64 tokens, rank 16 beside every linear layer but the
/// head. Memory is that of weights, buffers, adapters and what AdamW remembers.
///
/// `-Dmicrotome.bench.blocks=2` makes the network shallower for a quick look.
final class FinetuneBench implements Benchmark {
  private static final int ROUNDS = Integer.getInteger("microtome.bench.rounds", 5);
  private static final int BLOCKS = Integer.getInteger("microtome.bench.blocks", 12);
  private static final int VOCABULARY = 50257;
  private static final String FLOAT = "float32";

  @Override
  public String name() {
    return "finetune";
  }

  @Override
  public String about() {
    return "a training step with DoRA beside 3-bit weights over one beside float32 weights";
  }

  /// A network with what trains it.
  private static final class Job {
    private final Gpt2 network =
        new Gpt2(Gpt2Config.of(VOCABULARY, 1024, 768, BLOCKS, 12).withDropout(0));
    private final AdamW optimizer;

    Job(Consumer<Gpt2> change) {
      change.accept(network);
      Dora.rank(16).applyTo(network, LinearPlaces.allButHead());
      optimizer = new AdamW(network.trainable().values(), 1e-4);
    }

    void step(Tensor ids, Tensor targets) {
      Scope.run(() -> {
        optimizer.zeroGrad();
        network
            .apply(new CausalNetwork.Input(ids))
            .logits()
            .flatten(0, 1)
            .crossEntropy(targets)
            .backward();
        GradClip.norm_(network.trainable().values(), 1);
        optimizer.step();
      });
    }

    long bytes() {
      long sum = 0;
      for (Tensor tensor : network.parameters()) {
        sum += tensor.numel() * tensor.dtype().bytes();
      }
      for (Map<String, Tensor> some : List.of(network.namedBuffers(), optimizer.stateDict())) {
        for (Tensor tensor : some.values()) {
          sum += tensor.numel() * tensor.dtype().bytes();
        }
      }
      return sum;
    }
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
    Tensor ids = Tensor.randint(VOCABULARY, 4, 64);
    Tensor targets = Tensor.randint(VOCABULARY, 256);
    var plain = new Job(_ -> {});
    Map<String, Job> small = small();
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

  private void memory(double plain, Map<String, Job> small, List<Figure> figures) {
    String what = "weights and optimizer, ";
    figures.add(new Figure(name(), what + FLOAT, plain / 1e6, "MB", null, 0));
    small.forEach((name, job) ->
        figures.add(
            new Figure(name(), what + name, job.bytes() / plain, "x", Figure.atMost(0.45), 0)));
  }

  private static Map<String, Job> small() {
    var jobs = new LinkedHashMap<String, Job>();
    jobs.put("3 bits", new Job(network -> quantize(network, Precision.FULL)));
    jobs.put("3 bits, fast", new Job(network -> quantize(network, Precision.FAST)));
    return jobs;
  }

  private static void quantize(Gpt2 network, Precision precision) {
    LowBit.bits(3).nearest().applyTo(network, LinearPlaces.allButHead());
    KernelLinear.applyTo(network, precision);
  }
}
