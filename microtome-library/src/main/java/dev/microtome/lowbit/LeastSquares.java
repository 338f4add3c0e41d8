package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
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
  /// Numbers worked on at a time.
  private static final long BLOCK = 1 << 20;

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
    Tensor grouped = grouping.group(weight.to(DType.FLOAT32));
    Tensor counts = importance == null ? null : grouping.group(importance);
    int across = 1 - grouping.axis();
    long groups = grouping.groups();
    long width = Math.max(1, BLOCK / grouping.size());
    var codes = new ArrayList<Tensor>();
    var scales = new ArrayList<Tensor>();
    var zeros = new ArrayList<Tensor>();
    for (long from = 0; from < groups; from += width) {
      long count = Math.min(width, groups - from);
      float[] numbers = rows(grouped, across, from, count);
      float[] weights = counts == null ? null : rows(counts, across, from, count);
      var block = new GridBlock((int) count, (int) grouping.size());
      IntStream.range(0, (int) count)
          .parallel()
          .forEach(group -> new GridSearch(this, bits).fit(numbers, weights, group, block));
      codes.add(along(grouping, block.codes(), count, grouping.size()));
      scales.add(along(grouping, Tensor.from(block.scales(), count, 1)));
      zeros.add(along(grouping, Tensor.from(block.zeros(), count, 1)));
    }
    return new Fit(
        Tensor.cat(codes, across),
        Tensor.cat(scales, across),
        Tensor.cat(zeros, across),
        ZeroRole.POINT,
        List.of());
  }

  /// Some groups, each a row, one after the other.
  private static float[] rows(Tensor grouped, int across, long from, long count) {
    Tensor part = grouped.narrow(across, from, count);
    return (across == 0 ? part : part.t()).toFloats();
  }

  private static Tensor along(Grouping grouping, byte[] codes, long groups, long size) {
    return along(grouping, Tensor.from(codes, groups, size).view(DType.UINT8));
  }

  private static Tensor along(Grouping grouping, Tensor rows) {
    return grouping.axis() == 1 ? rows : rows.t();
  }
}
