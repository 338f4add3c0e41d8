package dev.microtome.models.interpret;

import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// A backward run towards activations alone: parameters get no gradients, which halves the work and
/// leaves nothing behind in them.
final class StillParameters {
  private StillParameters() {}

  static <T> T during(LanguageModel<?> lm, Supplier<T> body) {
    lm.loadWeights();
    List<Tensor> stilled = new ArrayList<>();
    for (Tensor parameter : lm.network().parameters()) {
      if (parameter.requiresGrad()) {
        stilled.add(parameter.requiresGrad_(false));
      }
    }
    try {
      return Grad.on(body);
    } finally {
      stilled.forEach(parameter -> parameter.requiresGrad_(true));
    }
  }
}
