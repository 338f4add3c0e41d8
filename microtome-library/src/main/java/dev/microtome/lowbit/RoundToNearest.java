package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The nearest code on the grid from each group's smallest number to its largest, half to even:
/// HQQ's quantizer without its solver.
///
/// @param roundZero whether the zero is a whole code
/// @param perTensor one grid for the whole weight
public record RoundToNearest(boolean roundZero, boolean perTensor) implements Solver {
  /// Numbers worked on at a time.
  private static final long BLOCK = 1 << 20;

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
        codes(grouped, grid, bits, 1 - grouping.axis(), grouping.size()),
        grid.scale().reciprocal(),
        grid.zero(),
        ZeroRole.POINT,
        List.of());
  }

  /// A piece at a time, one byte each.
  private Tensor codes(Tensor grouped, MinMax grid, BitWidth bits, int across, long size) {
    long groups = grouped.size(across);
    long width = Math.max(1, BLOCK / size);
    var codes = new ArrayList<Tensor>();
    for (long from = 0; from < groups; from += width) {
      long first = from;
      long count = Math.min(width, groups - from);
      MinMax part =
          perTensor
              ? grid
              : new MinMax(
                  grid.scale().narrow(across, first, count),
                  grid.zero().narrow(across, first, count));
      codes.add(
          Scope.run(() -> part.codes(grouped.narrow(across, first, count), bits).to(DType.UINT8)));
    }
    return Tensor.cat(codes, across);
  }
}
