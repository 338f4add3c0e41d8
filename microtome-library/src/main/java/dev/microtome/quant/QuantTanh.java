package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// The hyperbolic tangent on a signed grid. Without a quantizer its result is on no grid.
public final class QuantTanh extends QuantActivation {
  /// With [Quantizers#Int8ActPerTensorFloat].
  public QuantTanh() {
    this(ActSettings.of(Quantizers.Int8ActPerTensorFloat));
  }

  public QuantTanh(ActSettings settings) {
    super(settings, false);
  }

  @Override
  Tensor activation(Tensor value) {
    return value.tanh();
  }

  @Override
  Tensor unquantized(Tensor x) {
    return QuantTensor.valueOf(x).tanh();
  }

  @Override
  protected QuantTanh twin() {
    return new QuantTanh(settings().alone());
  }
}
