package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// Rounds column after column and lets the columns that are left make up for each error, as far as
/// the layer's inputs allow: what column j misses, `e = (w_j − ŵ_j) / U_jj`, is taken from column k
/// as `e U_jk`, where U is the upper Cholesky factor of the inverse of the inputs' mean products `x
/// xᵀ` (Frantar et al. 2022, GPTQ). Grids are fitted by [LeastSquares] to what has become of a
/// group when its turn comes.
///
/// It needs the mean products ([InputStatistics#withProducts]); without them it is least squares.
///
/// @param grids fits scale and zero
/// @param damping added to the diagonal of the products, as a share of its mean: more trusts the
///   calibration less
public record ErrorCompensation(LeastSquares grids, double damping) implements Solver {
  /// Rows rounded at a time, and columns of the factor made at a time.
  private static final long ROWS = 1024;

  private static final long COLUMNS = 256;

  public ErrorCompensation {
    if (!(damping > 0 && damping <= 1)) {
      throw new IllegalArgumentException("damping is a share above 0, up to 1, got " + damping);
    }
  }

  /// With a hundredth of the mean, the paper's damping.
  public ErrorCompensation() {
    this(new LeastSquares(), 0.01);
  }

  @Override
  public Fit fit(Tensor weight, BitWidth bits, Grouping grouping) {
    return grids.fit(weight, bits, grouping);
  }

  @Override
  public Fit fit(Tensor weight, Tensor importance, BitWidth bits, Grouping grouping) {
    return grids.fit(weight, importance, bits, grouping);
  }

  @Override
  public void checkProducts(Grouping grouping) {
    if (!grouping.isWithinRows()) {
      throw new IllegalArgumentException(
          "errors are compensated column by column: groups must lie within rows (axis 1), these of"
              + " a weight %s are of %d numbers along axis %d"
                  .formatted(grouping.shape(), grouping.size(), grouping.axis()));
    }
  }

  @Override
  public Fit fitProducts(Tensor weight, Tensor products, BitWidth bits, Grouping grouping) {
    checkProducts(grouping);
    Tensor upper = inverseFactor(products);
    Tensor importance = products.diagonal(0, 0, 1).to(DType.FLOAT32);
    long groups = weight.size(1) / grouping.size();
    Tensor codes = Tensor.empty(weight.shape(), DType.UINT8);
    Tensor scale = Tensor.empty(Shape.of(weight.size(0), groups), DType.FLOAT32);
    Tensor zero = scale.emptyLike();
    for (long from = 0; from < weight.size(0); from += ROWS) { // no row knows of another
      long first = from;
      long count = Math.min(ROWS, weight.size(0) - from);
      Scope.run(() -> {
        Tensor rows = weight.narrow(0, first, count).copy().to(DType.FLOAT32);
        new Sweep(
                rows,
                upper,
                importance,
                bits,
                codes.narrow(0, first, count),
                scale.narrow(0, first, count),
                zero.narrow(0, first, count))
            .run(grouping.size());
      });
    }
    return new Fit(
        codes.reshape(-1, grouping.size()),
        scale.reshape(-1, 1),
        zero.reshape(-1, 1),
        ZeroRole.POINT,
        List.of());
  }

  /// The upper Cholesky factor U of the inverse of the damped products, `H⁻¹ = Uᵀ U`, float32. With
  /// both dimensions turned round, `H = C Cᵀ`, it is `C⁻¹` turned round: no inverse of H is needed.
  private Tensor inverseFactor(Tensor products) {
    long n = products.size(0);
    return Scope.run(() -> {
      Tensor factor = Scope.run(() -> damped(products).cholesky());
      Tensor upper = Tensor.empty(products.shape(), DType.FLOAT32);
      for (long from = 0; from < n; from += COLUMNS) {
        long first = from;
        long count = Math.min(COLUMNS, n - from);
        Scope.run(() -> {
          Tensor one = Tensor.zeros(Shape.of(n, count), DType.FLOAT64);
          one.narrow(0, first, count).diagonal(0, 0, 1).fill_(1);
          Tensor solved = Ops.tensor("aten::linalg_solve_triangular", factor, one, false);
          upper.narrow(1, n - first - count, count).copy_(solved.flip(0, 1));
        });
      }
      return upper;
    });
  }

  /// The products turned round, with something on the diagonal.
  private Tensor damped(Tensor products) {
    Tensor turned = Scope.run(() -> products.flip(0, 1).to(DType.FLOAT64));
    Tensor diagonal = turned.diagonal(0, 0, 1);
    diagonal.add_(Math.max(diagonal.mean().item() * damping, 1e-12));
    return turned;
  }

  /// One pass over some rows of a weight, which are changed underway.
  private final class Sweep {
    private final Tensor weight;
    private final Tensor upper;
    private final Tensor importance;
    private final BitWidth bits;
    private final Tensor codes;
    private final Tensor scales;
    private final Tensor zeros;

    /// @param codes what is found goes there, as to `scales` and `zeros`
    Sweep(
        Tensor weight,
        Tensor upper,
        Tensor importance,
        BitWidth bits,
        Tensor codes,
        Tensor scales,
        Tensor zeros) {
      this.weight = weight;
      this.upper = upper;
      this.importance = importance;
      this.bits = bits;
      this.codes = codes;
      this.scales = scales;
      this.zeros = zeros;
    }

    void run(long size) {
      long columns = weight.size(1);
      for (long from = 0; from < columns; from += size) {
        long first = from;
        long left = columns - from - size;
        Scope.run(() -> {
          Tensor errors = group(first, size);
          if (left > 0) {
            Tensor share = upper.narrow(0, first, size).narrow(1, first + size, left);
            Object _ =
                Ops.call(
                    "aten::addmm_", weight.narrow(1, first + size, left), errors, share, 1, -1);
          }
        });
      }
    }

    /// Rounds the columns of a group; what is missed, (rows, size).
    private Tensor group(long from, long size) {
      Tensor part = weight.narrow(1, from, size).contiguous();
      Tensor counts = importance.narrow(0, from, size).expandAs(part);
      Fit grid = grids.fit(part, counts, bits, new Grouping(part.shape(), size, 1));
      Tensor within = upper.narrow(0, from, size).narrow(1, from, size);
      Tensor errors = part.emptyLike();
      for (long j = 0; j < size; j++) {
        long column = j;
        Scope.run(() -> {
          Tensor w = part.narrow(1, column, 1);
          Tensor q = w.div(grid.scale()).add(grid.zero()).round().clamp(0, bits.highest());
          Tensor missed = w.sub(q.sub(grid.zero()).mul(grid.scale()));
          Tensor error = missed.div(within.select(0, column).select(0, column));
          codes.narrow(1, from + column, 1).copy_(q);
          errors.narrow(1, column, 1).copy_(error);
          Tensor share = within.narrow(0, column, 1).narrow(1, column, size - column);
          part.narrow(1, column, size - column).sub_(error.mm(share));
        });
      }
      scales.narrow(1, from / size, 1).copy_(grid.scale());
      zeros.narrow(1, from / size, 1).copy_(grid.zero());
      return errors;
    }
  }
}
