package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
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
    Tensor grouped = grouping.group(weight.to(DType.FLOAT32));
    MinMax grid =
        perTensor
            ? MinMax.ofAll(grouped, bits, roundZero)
            : MinMax.of(grouped, bits, grouping.axis(), roundZero);
    return new Fit(
        grid.codes(grouped, bits),
        grid.scale().reciprocal(),
        grid.zero(),
        ZeroRole.POINT,
        List.of());
  }
}
