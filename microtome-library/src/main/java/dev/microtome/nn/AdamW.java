package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): parameters first shrink by the
/// factor `1 - rate · decay`.
public final class AdamW extends Optimizer {
  private final AdamSettings settings;
  private final AdamState state;

  public AdamW(Iterable<? extends Tensor> parameters, double learningRate) {
    this(parameters, learningRate, AdamSettings.ADAM_W);
  }

  public AdamW(Iterable<? extends Tensor> parameters, double learningRate, AdamSettings settings) {
    super(parameters, learningRate);
    this.settings = settings;
    state = new AdamState();
  }

  @Override
  void update(List<Integer> positions) {
    state.update("aten::_fused_adamw_", this, settings, positions);
  }

  @Override
  Map<String, Map<Integer, Tensor>> memories() {
    return state.memories();
  }
}
