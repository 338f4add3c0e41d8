package dev.microtome.lowbit;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// Chooses codes, scales and zeros for a weight.
public sealed interface Solver
    permits RoundToNearest, HalfQuadratic, NotebookRounding, LeastSquares {
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

  /// How the codes are packed.
  default Packing packing(BitWidth bits) {
    return bits.packing();
  }
}
