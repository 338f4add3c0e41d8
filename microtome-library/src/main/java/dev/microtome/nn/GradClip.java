package dev.microtome.nn;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Keeps gradients small, in place.
public final class GradClip {
  private GradClip() {}

  /// Scales all gradients by one factor so that their common 2-norm is at most `max`, and returns
  /// the norm before. A norm that is not finite is an [ArithmeticException], since scaling by it
  /// would ruin every parameter; the gradients are then as they were.
  public static double norm_(Iterable<? extends Tensor> parameters, double max) {
    Check.notNegative("max norm", max);
    List<Tensor> gradients = new ArrayList<>();
    Double total =
        Scope.run(() ->
            Grad.off(() -> {
              gradients.addAll(gradients(parameters));
              return gradients.isEmpty() ? 0 : scale(gradients, max);
            }));
    if (!Double.isFinite(total)) {
      throw new ArithmeticException(
          "the norm of the gradients is %s; lower the learning rate or look for NaN in the loss"
              .formatted(total));
    }
    return total;
  }

  private static double scale(List<Tensor> gradients, double max) {
    List<Tensor> norms = Ops.list("aten::_foreach_norm", gradients, 2);
    Tensor total = Tensor.stack(norms, 0).norm();
    double norm = total.item();
    if (Double.isFinite(norm)) {
      Tensor factor = total.add(1e-6).reciprocal().mul(max).clampMax(1.0);
      Ops.call("aten::_foreach_mul_", gradients, factor);
    }
    return norm;
  }

  /// Clamps every number of every gradient to `-max … max`.
  public static void value_(Iterable<? extends Tensor> parameters, double max) {
    Check.notNegative("max value", max);
    Scope.run(() ->
        Grad.off(() -> gradients(parameters).forEach(gradient -> gradient.clamp_(-max, max))));
  }

  private static List<Tensor> gradients(Iterable<? extends Tensor> parameters) {
    var found = new ArrayList<Tensor>();
    for (Tensor parameter : parameters) {
      if (parameter.hasGrad()) {
        found.add(parameter.grad());
      }
    }
    return found;
  }
}
