package dev.microtome.quant;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/// Walks a recurrent cell along a sequence.
final class QuantRnnSequence {
  private QuantRnnSequence() {}

  /// Calls `step` on the elements of `x` along `time`, in reverse order if wanted, and joins the
  /// results in the order of `x`.
  static Tensor walk(Tensor x, int time, boolean reversed, UnaryOperator<Tensor> step) {
    List<Tensor> inputs = new ArrayList<>(x.unbind(time));
    if (reversed) {
      Collections.reverse(inputs);
    }
    var outputs = new ArrayList<Tensor>(inputs.size());
    for (Tensor input : inputs) {
      outputs.add(step.apply(input).unsqueeze(time));
    }
    if (reversed) {
      Collections.reverse(outputs);
    }
    return Tensor.cat(outputs, time);
  }
}
