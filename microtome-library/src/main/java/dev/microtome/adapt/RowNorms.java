package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lengths of the rows of `W + s B A` without that matrix: `c² = ‖W‖² + 2s ⟨W Aᵀ, B⟩ + s² ⟨B (A
/// Aᵀ), B⟩`, row by row. Kept as long as no number they come from was changed, so that generating,
/// or the small batches of one training step, compute them once.
final class RowNorms {
  /// Tensors and how often each was changed.
  private record Made(List<Object> from, Tensor value) {}

  private volatile @Nullable Made squares;
  private volatile @Nullable Made norms;

  Tensor of(LinearLike base, Tensor a, Tensor b, double scaling) {
    List<Object> from = stateOf(base);
    note(a, from);
    note(b, from);
    Made known = norms;
    if (known == null || !known.from().equals(from)) {
      known = new Made(from, compute(base, a, b, scaling));
      norms = known;
    }
    return known.value();
  }

  private Tensor compute(LinearLike base, Tensor a, Tensor b, double s) {
    return Grad.off(() ->
            Scope.run(() -> {
              Tensor projected = base.multiply(a.detach()).t(); // (out, rank)
              Tensor mixed = b.matmul(a.matmul(a.t()));
              Tensor cross = projected.mul(2 * s).add(mixed.mul(s * s)).mul(b).sum(1, false);
              return rowSquares(base).to(b.dtype()).add(cross).clampMin(0).sqrt();
            }))
        .save();
  }

  private Tensor rowSquares(LinearLike base) {
    List<Object> from = stateOf(base);
    Made known = squares;
    if (known == null || !known.from().equals(from)) {
      known = new Made(from, base.rowSquares().save());
      squares = known;
    }
    return known.value();
  }

  private static List<Object> stateOf(LinearLike base) {
    var from = new ArrayList<>();
    if (base instanceof Layer<?, ?> layer) {
      layer.namedParameters().values().forEach(tensor -> note(tensor, from));
      layer.namedBuffers().values().forEach(tensor -> note(tensor, from));
    } else {
      note(base.weight(), from);
    }
    return from;
  }

  private static void note(Tensor tensor, List<Object> from) {
    from.add(tensor); // by identity: tensors define no equals
    from.add(tensor instanceof DenseTensor dense ? dense.version() : 0);
  }
}
