package dev.microtome.bench;

import dev.microtome.lowbit.InputStatistics;
import dev.microtome.lowbit.LowBit;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import java.util.Map;

/// By how much a process grows while a layer of 4096 × 4096 is quantized to 3 bits in its place in
/// a network, report included (Linux).
final class SolverMemory {
  /// Bytes of the layer in float32.
  static final long LAYER = 4L * 4096 * 4096;

  /// The last one is given the products of the layer's inputs, two layers more, which are not
  /// counted.
  static final List<String> SOLVERS = List.of("nearest", "hqq", "least squares", "compensated");

  private SolverMemory() {}

  /// Bytes for a solver.
  static long of(String solver) {
    return OwnProcess.number(SolverMemory.class, solver);
  }

  /// What the process runs: a small layer first, which loads classes.
  public static void main(String[] args) {
    Torch.threads(1);
    Torch.manualSeed(0);
    quantize(args[0], 256, false);
    System.out.println(quantize(args[0], 4096, true));
  }

  private static long quantize(String solver, long width, boolean measured) {
    var network = new Sequential(new Linear(width, width, false));
    LowBit three = LowBit.bits(3);
    LowBit settings =
        switch (solver) {
          case "nearest" -> three.nearest();
          case "hqq" -> three.hqq();
          case "least squares" -> three.leastSquares();
          case "compensated" -> three.compensated();
          default -> throw new IllegalArgumentException("no solver is called " + solver);
        };
    var inputs =
        solver.equals("compensated")
            ? new InputStatistics(Map.of(), Map.of("0", products(width)))
            : InputStatistics.NONE;
    Runnable work =
        () -> {
          var _ = settings.applyTo(network, _ -> true, inputs);
        };
    if (measured) {
      return ProcessMemory.grown(work);
    }
    work.run();
    return 0;
  }

  private static Tensor products(long width) {
    Tensor x = Tensor.randn(width / 2, width).to(DType.FLOAT64);
    return x.t().mm(x).div(x.size(0)).save();
  }
}
