package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adam (Kingma and Ba 2015); weight decay is added to the gradient.
public final class Adam extends Optimizer {
  private final AdamSettings settings;
  private final AdamState state;

  public Adam(Iterable<? extends Tensor> parameters, double learningRate) {
    this(parameters, learningRate, AdamSettings.ADAM);
  }

  public Adam(Iterable<? extends Tensor> parameters, double learningRate, AdamSettings settings) {
    super(parameters, learningRate);
    this.settings = settings;
    state = new AdamState();
  }

  @Override
  void update(List<Integer> positions) {
    state.update("aten::_fused_adam_", this, settings, positions);
  }

  @Override
  Map<String, Map<Integer, Tensor>> memories() {
    return state.memories();
  }
}
