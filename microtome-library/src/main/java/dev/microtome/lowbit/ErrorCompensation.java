package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
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
    Tensor damped = products.to(DType.FLOAT64);
    Tensor diagonal = damped.diagonal(0, 0, 1);
    damped =
        damped.add(
            Tensor.eye(weight.size(1)).mul(Math.max(diagonal.mean().item() * damping, 1e-12)));
    Tensor inverse = Ops.tensor("aten::cholesky_inverse", damped.cholesky());
    Tensor upper = inverse.cholesky().t().to(DType.FLOAT32).contiguous();
    return new Sweep(weight.to(DType.FLOAT32).copy(), upper, diagonal.to(DType.FLOAT32), bits)
        .run(grouping.size());
  }

  /// One pass over a weight, which is changed underway.
  private final class Sweep {
    private final Tensor weight;
    private final Tensor upper;
    private final Tensor importance;
    private final BitWidth bits;
    private final List<Tensor> codes = new ArrayList<>();
    private final List<Tensor> scales = new ArrayList<>();
    private final List<Tensor> zeros = new ArrayList<>();

    Sweep(Tensor weight, Tensor upper, Tensor importance, BitWidth bits) {
      this.weight = weight;
      this.upper = upper;
      this.importance = importance;
      this.bits = bits;
    }

    Fit run(long size) {
      long columns = weight.size(1);
      for (long from = 0; from < columns; from += size) {
        long first = from;
        Tensor errors = Scope.run(() -> group(first, size));
        long left = columns - from - size;
        if (left > 0) {
          Scope.run(() -> {
            Tensor share = upper.narrow(0, first, size).narrow(1, first + size, left);
            weight.narrow(1, first + size, left).sub_(errors.mm(share));
          });
        }
      }
      return new Fit(
          Tensor.cat(codes, 1).reshape(-1, size),
          Tensor.cat(scales, 1).reshape(-1, 1),
          Tensor.cat(zeros, 1).reshape(-1, 1),
          ZeroRole.POINT,
          List.of());
    }

    /// Rounds the columns of a group; what is missed, (rows, size).
    private Tensor group(long from, long size) {
      Tensor part = weight.narrow(1, from, size).contiguous();
      Tensor counts = importance.narrow(0, from, size).expandAs(part);
      Fit grid = grids.fit(part, counts, bits, new Grouping(part.shape(), size, 1));
      Tensor within = upper.narrow(0, from, size).narrow(1, from, size);
      Tensor errors = part.emptyLike();
      Tensor rounded = Tensor.empty(part.shape(), DType.UINT8);
      for (long j = 0; j < size; j++) {
        long column = j;
        Scope.run(() -> {
          Tensor w = part.narrow(1, column, 1);
          Tensor q = w.div(grid.scale()).add(grid.zero()).round().clamp(0, bits.highest());
          Tensor missed = w.sub(q.sub(grid.zero()).mul(grid.scale()));
          Tensor error = missed.div(within.select(0, column).select(0, column));
          rounded.narrow(1, column, 1).copy_(q);
          errors.narrow(1, column, 1).copy_(error);
          Tensor share = within.narrow(0, column, 1).narrow(1, column, size - column);
          part.narrow(1, column, size - column).sub_(error.mm(share));
        });
      }
      codes.add(rounded.save());
      scales.add(grid.scale().save());
      zeros.add(grid.zero().save());
      return errors;
    }
  }
}
