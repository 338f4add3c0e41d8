package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// The nearest code on the grid from each group's smallest number to its largest, half to even:
/// HQQ's quantizer without its solver.
///
/// @param roundZero whether the zero is a whole code
/// @param perTensor one grid for the whole weight
public record RoundToNearest(boolean roundZero, boolean perTensor) implements Solver {
  public RoundToNearest() {
    this(false, false);
  }

  @Override
  public Fit fit(Tensor weight, BitWidth bits, Grouping grouping) {
    if (perTensor) {
      return ofOneGrid(weight, bits, grouping);
    }
    var fit = new FitBuffer(grouping);
    for (Grouping.Part part : grouping.parts(FitBuffer.PART)) {
      Scope.run(() -> {
        Tensor numbers = grouping.part(weight, part).to(DType.FLOAT32);
        MinMax grid = MinMax.of(numbers, bits, grouping.axis(), roundZero);
        fit.codes(part, grid.codes(numbers, bits));
        fit.values(part, grid.scale().reciprocal(), grid.zero());
      });
    }
    return fit.fit(List.of());
  }

  private Fit ofOneGrid(Tensor weight, BitWidth bits, Grouping grouping) {
    MinMax grid = MinMax.ofAll(weight, bits, roundZero);
    var fit = new FitBuffer(grouping);
    for (Grouping.Part part : grouping.parts(FitBuffer.PART)) {
      Scope.run(() -> {
        Tensor numbers = grouping.part(weight, part).to(DType.FLOAT32);
        fit.codes(part, grid.codes(numbers, bits));
      });
    }
    return new Fit(
        fit.fit(List.of()).codes(),
        grid.scale().reciprocal(),
        grid.zero(),
        ZeroRole.POINT,
        List.of());
  }
}
