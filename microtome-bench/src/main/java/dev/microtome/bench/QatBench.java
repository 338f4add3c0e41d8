package dev.microtome.bench;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.List;

/// What quantization-aware training costs: a training step of a small convolutional network on 32
/// images over the same step of the plain network in the same round, in processor time; a pass in
/// evaluation; and the memory of a step on 256 images.
final class QatBench implements Benchmark {
  private static final int CALLS = 4;
  private static final int ROUNDS = 21;
  private static final int IMAGES = 32;
  private static final double MOST_MEMORY = 1.8;

  @Override
  public String name() {
    return "qat";
  }

  @Override
  public String about() {
    return "a training step with quantizers over a plain one: processor time, memory";
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    Torch.manualSeed(0);
    var figures = new ArrayList<Figure>();
    steps(figures);
    evaluation(figures);
    if (ProcessMemory.isMeasurable()) {
      memory(figures);
    }
    return figures;
  }

  private void steps(List<Figure> figures) {
    var rounds = Rounds.of("PLAIN", QatNetwork.PLAIN.step(IMAGES)).inCpuTime();
    for (QatNetwork network : QatNetwork.values()) {
      if (network != QatNetwork.PLAIN) {
        rounds.and(network.name(), network.step(IMAGES));
      }
    }
    rounds.measure(CALLS, ROUNDS);
    Rounds.Estimate plain = rounds.time("PLAIN");
    figures.add(new Figure(name(), "step of the plain network", plain, "us", null));
    figures.add(over(rounds, "WEIGHTS", "weights only", 1.15));
    figures.add(over(rounds, "LEARNED", "learned scales", 1.5));
    figures.add(over(rounds, "COLLECTING", "collecting statistics", 1.7));
    figures.add(over(rounds, "SHIFTED", "collecting, with zero points", 2.0));
  }

  private void evaluation(List<Figure> figures) {
    Tensor x = Tensor.randn(IMAGES, 3, 32, 32);
    var rounds =
        Rounds.of("PLAIN", EvaluationPass.of(QatNetwork.PLAIN.make(), x))
            .and("LEARNED", EvaluationPass.of(QatNetwork.LEARNED.make(), x))
            .inCpuTime()
            .measure(3 * CALLS, ROUNDS);
    figures.add(over(rounds, "LEARNED", "forward in evaluation", 1.3));
  }

  private Figure over(Rounds rounds, String piece, String what, double goal) {
    Rounds.Estimate ratio = rounds.ratio(piece, "PLAIN");
    return new Figure(name(), what, ratio, "x", Figure.atMost(goal));
  }

  private void memory(List<Figure> figures) {
    double plain = QatMemory.of(QatNetwork.PLAIN);
    figures.add(new Figure(name(), "memory of the plain step", plain / (1 << 20), "MiB", null, 0));
    for (QatNetwork network :
        List.of(QatNetwork.LEARNED, QatNetwork.COLLECTING, QatNetwork.SHIFTED)) {
      double ratio = QatMemory.of(network) / plain;
      figures.add(
          new Figure(
              name(),
              "memory, " + network.name().toLowerCase(java.util.Locale.ROOT),
              ratio,
              "x",
              Figure.atMost(MOST_MEMORY),
              0));
    }
  }
}
