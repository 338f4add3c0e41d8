package dev.microtome.bench;

import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.calibrated.StaticQuantization;
import dev.microtome.dynamic.calibrated.StaticSpec;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.List;

/// What whole numbers on fixed grids gain: a convolution network on 8 images of 3×32×32 and an MLP
/// on 32 rows of 1024, calibrated, against the same in float32, and for the MLP against dynamic
/// quantization, in turns on one thread.
final class StaticBench implements Benchmark {
  private static final int CALLS = 4;
  private static final int ROUNDS = 31;

  @Override
  public String name() {
    return "static";
  }

  @Override
  public String about() {
    return "calibrated networks in whole numbers over float32, in processor time";
  }

  private static Sequential convolutions() {
    ConvSettings same = ConvSettings.DEFAULT.withPadding(1);
    return new Sequential(
        new Conv2d(3, 64, new Shape(3), same),
        new ReLU(),
        new Conv2d(64, 64, new Shape(3), same),
        new ReLU(),
        new Conv2d(64, 128, new Shape(3), same.withStride(2)),
        new ReLU(),
        new Conv2d(128, 128, new Shape(3), same),
        new ReLU(),
        new Flatten(),
        new Linear(128 * 16 * 16, 10));
  }

  private static Sequential mlp() {
    return new Sequential(
        new Linear(1024, 2048),
        new ReLU(),
        new Linear(2048, 2048),
        new ReLU(),
        new Linear(2048, 10));
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    Torch.manualSeed(0);
    var figures = new ArrayList<Figure>();
    figures.addAll(measured("convolutions", convolutions(), Tensor.randn(8, 3, 32, 32), false));
    figures.addAll(measured("MLP", mlp(), Tensor.randn(32, 1024), true));
    figures.addAll(measured("MLP, one row", mlp(), Tensor.randn(1, 1024), true));
    return figures;
  }

  private List<Figure> measured(String what, Sequential network, Tensor x, boolean dynamic) {
    network.eval();
    Sequential whole = StaticQuantization.of(network, StaticSpec.DEFAULT, List.of(x));
    Rounds rounds =
        Rounds.of("float", EvaluationPass.of(network, x))
            .and("static", EvaluationPass.of(whole, x));
    if (dynamic) {
      rounds.and("dynamic", EvaluationPass.of(DynamicQuantization.of(network, DType.QINT8), x));
    }
    rounds.inCpuTime().measure(CALLS, ROUNDS);
    var figures = new ArrayList<Figure>();
    Rounds.Estimate plain = rounds.time("float");
    figures.add(new Figure(name(), what + " in float32", plain, "us", null));
    figures.add(faster(rounds, "float", "static", what + ", static over float32"));
    if (dynamic) figures.add(faster(rounds, "dynamic", "static", what + ", static over dynamic"));
    return figures;
  }

  private Figure faster(Rounds rounds, String slow, String fast, String what) {
    Rounds.Estimate ratio = rounds.ratio(slow, fast);
    return new Figure(name(), what, ratio, "x", null);
  }
}
