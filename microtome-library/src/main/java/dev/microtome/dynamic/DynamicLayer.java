package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import java.util.Map;

/// A layer with quantized weights. It is not trained, and its weights never change: copies share
/// them.
abstract class DynamicLayer<I, O, P extends Packed> extends Layer<I, O> implements PackedWeights {
  final P packed;

  DynamicLayer(P packed) {
    this.packed = packed;
    eval();
  }

  @Override
  public final Map<String, Tensor> quantizedWeights() {
    return packed.quantizedWeights();
  }

  @Override
  public final long storedBytes() {
    return packed.bytes();
  }

  @Override
  protected String describe() {
    return packed.describe();
  }
}
