package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// Chooses codes, scales and zeros for a weight.
public sealed interface Solver
    permits RoundToNearest, HalfQuadratic, NotebookRounding, LeastSquares, ErrorCompensation {
  /// What a solver found.
  ///
  /// @param codes whole numbers, the grouped matrix
  /// @param scale of each group, of the grouping's value shape
  /// @param zero of each group
  /// @param role what the zero means
  /// @param errors mean |w - ŵ| before each step of a solver that has steps
  record Fit(Tensor codes, Tensor scale, Tensor zero, ZeroRole role, List<Double> errors) {
    public Fit {
      errors = List.copyOf(errors);
    }
  }

  /// Fits a weight without NaN or infinite numbers.
  Fit fit(Tensor weight, BitWidth bits, Grouping grouping);

  /// Fits a weight some of whose numbers matter more.
  ///
  /// @param importance how much an error of each number counts, of the weight's shape and not
  ///   negative; solvers that know no importance leave it aside
  default Fit fit(Tensor weight, Tensor importance, BitWidth bits, Grouping grouping) {
    return fit(weight, bits, grouping);
  }

  /// Fits a weight (out, in) whose inputs are known.
  ///
  /// @param products the mean of `x xᵀ` over what came in, (in, in); solvers that can't use all of
  ///   it take its diagonal as the importance of each input
  default Fit fitProducts(Tensor weight, Tensor products, BitWidth bits, Grouping grouping) {
    Tensor importance = products.diagonal(0, 0, 1).to(DType.FLOAT32).expandAs(weight);
    return fit(weight, importance, bits, grouping);
  }

  /// Refuses groups that [#fitProducts] can't fit.
  default void checkProducts(Grouping grouping) {}

  /// How the codes are packed.
  default Packing packing(BitWidth bits) {
    return bits.packing();
  }
}
