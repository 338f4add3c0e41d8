package dev.microtome.trace;

import dev.microtome.nn.Hook;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The value that passes a site right now, while its nodes read and replace it.
final class Activation {
  private final @Nullable Rows rows;
  private final boolean gradients;
  private final List<Part> parts = new ArrayList<>();
  private Object value;
  private @Nullable Object skipped;

  /// The rows of one invoke that gradients must flow through.
  private record Part(Site site, int piece, List<Rows.Cut> cuts, Tensor view) {}

  /// @param rows who owns which rows, or null when all belong to one
  /// @param gradients whether a backward pass follows
  Activation(Object value, @Nullable Rows rows, boolean gradients) {
    this.value = value;
    this.rows = rows;
    this.gradients = gradients;
  }

  /// The part of the value an argument stands for: a view, so that edits in place reach the model.
  Tensor read(Step.Argument argument) {
    Tensor whole = piece(argument.piece());
    List<Rows.Cut> cuts = cuts(argument.site(), argument.piece(), whole);
    Tensor part = Rows.part(whole, cuts);
    if (!cuts.isEmpty() && gradients) {
      parts.add(new Part(argument.site(), argument.piece(), cuts, part));
    }
    return part;
  }

  /// Puts `next` in the place of what a site's rows held.
  void replace(Site site, int piece, Tensor next) {
    Tensor whole = piece(piece);
    List<Rows.Cut> cuts = cuts(site, piece, whole);
    Rows.refuseOtherShape(site, whole, cuts, next);
    put(piece, Rows.withPart(whole, cuts, next));
    parts.removeIf(part -> part.site().equals(site) && part.piece() == piece);
  }

  /// The part of the value that `swap` replaces, as it is now.
  Tensor current(Step.Swap swap) {
    Tensor whole = piece(swap.piece());
    return Rows.part(whole, cuts(swap.site(), swap.piece(), whole));
  }

  /// The layer shall not run but give `output`.
  void skip(Object output) {
    skipped = output;
  }

  /// What is kept of the value, the part of `site`'s invoke.
  Object kept(Site site, UnaryOperator<Tensor> keep) {
    int[] at = {0};
    return Values.map(value, whole -> keep.apply(Rows.part(whole, cuts(site, at[0]++, whole))));
  }

  /// What the model goes on with.
  Object result() {
    if (skipped != null) {
      return new Hook.Skip(skipped);
    }
    for (Part part : parts) {
      if (part.view().requiresGrad()) { // from the invoke's own view, or gradients would pass it by
        put(part.piece(), Rows.around(piece(part.piece()), part.cuts(), part.view()));
      }
    }
    return value;
  }

  private List<Rows.Cut> cuts(Site site, int piece, Tensor whole) {
    return rows == null ? List.of() : rows.cuts(site, piece, whole);
  }

  private Tensor piece(int index) {
    if (value instanceof Tensor tensor && index == 0) {
      return tensor;
    }
    List<Tensor> pieces = Values.tensors(value);
    if (index >= pieces.size()) {
      throw new IllegalStateException(
          "tensor %d was asked for where only %d pass".formatted(index, pieces.size()));
    }
    return pieces.get(index);
  }

  private void put(int index, Tensor next) {
    int[] at = {0};
    value = value instanceof Tensor ? next : Values.map(value, t -> at[0]++ == index ? next : t);
  }
}
