package dev.microtome.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A function with a hand-written backward, PyTorch's `torch.autograd.Function`.
///
/// ```java
/// final class RoundThrough extends CustomFunction {
///   protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
///     return inputs.get(0).round();
///   }
///   protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
///     return List.of(gradient);
///   }
/// }
/// ```
///
/// One object may be applied any number of times, also at once on several threads: what belongs to
/// one application goes into its [FunctionContext]. Where no input requires gradients, or inside
/// [Grad#off], only `forward` runs and nothing is kept.
public abstract class CustomFunction {

  /// Computes the output. Runs without recording, so any operation may be used. Tensors that
  /// `backward` needs are given to [FunctionContext#save].
  protected abstract Tensor forward(FunctionContext context, List<Tensor> inputs);

  /// The gradient for each input, of the input's shape; null for an input without one (anything
  /// given for an input that does not require gradients is ignored). `gradient` is the one arriving
  /// at the output. Runs on the thread that called `backward()`, inside a [Scope]: tensors made
  /// here are freed at its end, except the returned ones.
  protected abstract List<? extends @Nullable Tensor> backward(
      FunctionContext context, Tensor gradient);

  /// Whether [#backward] may itself be differentiated (`createGraph`). It then must be composed of
  /// differentiable operations on the arriving gradient and on saved *inputs*; saving anything else
  /// is refused. By default a second derivative is refused with an [UnsupportedOperationException].
  protected boolean twiceDifferentiable() {
    return false;
  }

  /// The name in errors.
  protected String name() {
    String name = getClass().getSimpleName();
    return name.isEmpty() ? "custom function" : name;
  }

  /// What a printed result names as its maker, `grad_fn=<…>`.
  protected String gradFn() {
    return name() + "Backward";
  }

  /// Applies this function to `inputs`; the result is part of the autograd graph if an input is.
  public final Tensor apply(Tensor... inputs) {
    return CustomNode.apply(this, List.of(inputs));
  }
}
