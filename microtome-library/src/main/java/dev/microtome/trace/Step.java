package dev.microtome.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a [Node] does: the whole graph language. Arguments are constants and [Ref]s to earlier
/// nodes.
public sealed interface Step {
  /// A reference to the value of node `id`.
  record Ref(int id) {}

  /// The `piece`-th tensor of what passes a site.
  record Argument(Site site, int piece) implements Step {}

  /// Replaces the `piece`-th tensor of what passes a site by `value`, a [Ref] or a tensor.
  record Swap(Site site, int piece, Object value) implements Step {}

  /// Does not run the layer of `site` (an input): its output is `value`, a [Ref] or a tensor.
  record Skip(Site site, Object value) implements Step {}

  /// The gradient that backward pass number `backward` (from 0) sends through the value of `of`.
  record Gradient(Ref of, int backward) implements Step {}

  /// Replaces the gradient read by node `gradient` by `value`, a [Ref] or a tensor.
  record GradientSwap(Ref gradient, Object value) implements Step {}

  /// One of the several results of node `of`.
  record Pick(Ref of, int index) implements Step {}

  /// An operation of the vocabulary.
  record Call(String op, List<@Nullable Object> args) implements Step {
    /// Whether the operation writes into its first argument, or runs a backward pass.
    boolean hasEffect() {
      return writes() || op.equals("backward");
    }

    boolean writes() {
      return op.equals("setitem") || (op.endsWith("_") && !op.endsWith("__"));
    }
  }
}
