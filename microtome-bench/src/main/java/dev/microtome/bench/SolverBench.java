package dev.microtome.bench;

import dev.microtome.lowbit.BitWidth;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.lowbit.Reconstruction;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How near the solvers come, in the same bytes: HQQ's against least squares on matrices of three
/// kinds, at every width, group size and axis; and what models keep at 4, 3 and 2 bits, the shipped
/// one and, with `-Dmicrotome.bench.model=DIR`, another. Nothing here is timed.
final class SolverBench implements Benchmark {
  private static final int ROWS = 512;
  private static final int COLUMNS = 1024;

  private final List<Figure> figures = new ArrayList<>();

  @Override
  public String name() {
    return "solver";
  }

  @Override
  public String about() {
    return "errors of weights of few bits by solver, and what models lose";
  }

  @Override
  public List<Figure> run() {
    figures.clear();
    matrices()
        .forEach((kind, matrix) -> {
          for (BitWidth bits : BitWidth.values()) {
            compare(kind, matrix, bits);
          }
        });
    if (ProcessMemory.isMeasurable()) {
      SolverMemory.SOLVERS.forEach(this::memory);
    }
    figures.addAll(new SolverModels(name()).facts());
    String folder = System.getProperty("microtome.bench.model", "");
    if (!folder.isEmpty()) {
      figures.addAll(new SolverModels(name()).texts(Path.of(folder)));
    }
    return List.copyOf(figures);
  }

  private static Map<String, Tensor> matrices() {
    Torch.manualSeed(20);
    var matrices = new LinkedHashMap<String, Tensor>();
    Tensor normal = Tensor.randn(ROWS, COLUMNS).mul(0.02);
    matrices.put("normal", normal);
    Tensor larger = Tensor.rand(ROWS, COLUMNS).mul(12).add(8);
    Tensor outlier = normal.where(Tensor.rand(ROWS, COLUMNS).gt(0.001), normal.mul(larger));
    for (int column : new int[] {100, 333, 600, 901}) {
      outlier.select(1, column).mul_(6);
    }
    matrices.put("outliers", outlier);
    Tensor chiSquare = Tensor.randn(4, ROWS, COLUMNS).square().sum(0, false).div(4);
    matrices.put("student-t 4", Tensor.randn(ROWS, COLUMNS).div(chiSquare.sqrt()).mul(0.015));
    return matrices;
  }

  private void compare(String kind, Tensor matrix, BitWidth bits) {
    String where = "%s, %s bit: ".formatted(kind, bits);
    var ratios = new ArrayList<Double>();
    for (int axis : new int[] {1, 0}) {
      for (int group : new int[] {32, 64, 128}) {
        LowBit settings = LowBit.bits(bits.bits()).groupSize(group).axis(axis);
        PackedWeight theirs = settings.hqq().quantize(matrix);
        PackedWeight ours = settings.leastSquares().quantize(matrix);
        if (theirs.bytes() != ours.bytes()) {
          throw new IllegalStateException("the solvers' weights differ in size");
        }
        double hqq = Scope.run(() -> Reconstruction.of(matrix, theirs).relative());
        double own = Scope.run(() -> Reconstruction.of(matrix, ours).relative());
        ratios.add(own / hqq);
        if (axis == 1 && group == 64) {
          figure(where + "HQQ, group 64", 100 * hqq, "%", 0);
          figure(where + "least squares, group 64", 100 * own, "%", 0);
        }
      }
    }
    double[] sorted = ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    double spread = (sorted[sorted.length - 1] - sorted[0]) / 2;
    figures.add(
        new Figure(
            name(),
            where + "least squares over HQQ, the worst of 3 group sizes and 2 axes",
            Arrays.stream(sorted).max().orElseThrow(),
            "x",
            Figure.atMost(1),
            spread));
  }

  /// The layer that is there and what the process grows by, in layers.
  private void memory(String solver) {
    double layers = 1 + (double) SolverMemory.of(solver) / SolverMemory.LAYER;
    figures.add(
        new Figure(
            name(),
            "memory while a layer of 4096 × 4096 becomes 3 bits, " + solver,
            layers,
            "layers",
            solver.equals("compensated") ? null : Figure.atMost(2),
            0));
  }

  private void figure(String words, double value, String unit, double spread) {
    figures.add(new Figure(name(), words, value, unit, null, spread));
  }
}
