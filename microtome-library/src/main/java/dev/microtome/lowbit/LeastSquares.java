package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Fits scale and zero of each group to the weights: codes for a grid, the best grid for the codes,
/// and again, from several starts, of which the one with the least `Σ h |w - ŵ|^p` is kept. HQQ
/// moves the zeros only and keeps the scales wide enough for the largest weight.
///
/// @param p what is minimized: 2, or less, so that single large errors count less
/// @param rounds of codes and grid from each start, at most
public record LeastSquares(double p, int rounds) implements Solver {
  public LeastSquares {
    if (!(p > 0.5 && p <= 2) || rounds < 1) {
      throw new IllegalArgumentException(
          "the solver needs 0.5 < p <= 2 and a round, got p %s, %d rounds".formatted(p, rounds));
    }
  }

  /// Least squares in at most 12 rounds.
  public LeastSquares() {
    this(2, 12);
  }

  /// The variant that counts `|w - ŵ|^p`.
  public static LeastSquares norm(double p) {
    return new LeastSquares(p, 16);
  }

  @Override
  public Fit fit(Tensor weight, BitWidth bits, Grouping grouping) {
    return fitted(weight, null, bits, grouping);
  }

  @Override
  public Fit fit(Tensor weight, Tensor importance, BitWidth bits, Grouping grouping) {
    return fitted(weight, importance, bits, grouping);
  }

  private Fit fitted(Tensor weight, @Nullable Tensor importance, BitWidth bits, Grouping grouping) {
    var fit = new FitBuffer(grouping);
    for (Grouping.Part part : grouping.parts(FitBuffer.PART)) {
      Scope.run(() -> {
        int count = (int) part.count();
        float[] numbers = rows(weight, grouping, part);
        float[] counts = importance == null ? null : rows(importance, grouping, part);
        var block = new GridBlock(count, (int) grouping.size());
        IntStream.range(0, count)
            .parallel()
            .forEach(group -> new GridSearch(this, bits).fit(numbers, counts, group, block));
        Tensor codes = Tensor.from(block.codes(), count, grouping.size()).view(DType.UINT8);
        fit.codes(part, along(grouping, codes));
        fit.values(
            part,
            along(grouping, Tensor.from(block.scales(), count, 1)),
            along(grouping, Tensor.from(block.zeros(), count, 1)));
      });
    }
    return fit.fit(List.of());
  }

  /// The groups of a part, each a row, one after the other.
  private static float[] rows(Tensor weight, Grouping grouping, Grouping.Part part) {
    return along(grouping, grouping.part(weight, part)).to(DType.FLOAT32).toFloats();
  }

  private static Tensor along(Grouping grouping, Tensor rows) {
    return grouping.axis() == 1 ? rows : rows.t();
  }
}
