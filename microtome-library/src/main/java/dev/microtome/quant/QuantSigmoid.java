package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// The logistic function on an unsigned grid. Without a quantizer its result is on no grid.
public final class QuantSigmoid extends QuantActivation {
  /// With [Quantizers#Uint8ActPerTensorFloat].
  public QuantSigmoid() {
    this(ActSettings.of(Quantizers.Uint8ActPerTensorFloat));
  }

  public QuantSigmoid(ActSettings settings) {
    super(settings, false);
  }

  @Override
  Tensor activation(Tensor value) {
    return value.sigmoid();
  }

  @Override
  Tensor unquantized(Tensor x) {
    return QuantTensor.valueOf(x).sigmoid();
  }

  @Override
  protected QuantSigmoid twin() {
    return new QuantSigmoid(settings().alone());
  }
}
