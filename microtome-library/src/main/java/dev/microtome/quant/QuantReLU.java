package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// `max(x, 0)` on an unsigned grid. Without a quantizer it keeps the grid it gets.
public final class QuantReLU extends QuantActivation {
  /// With [Quantizers#Uint8ActPerTensorFloat].
  public QuantReLU() {
    this(ActSettings.of(Quantizers.Uint8ActPerTensorFloat));
  }

  public QuantReLU(ActSettings settings) {
    super(settings, true);
  }

  @Override
  Tensor activation(Tensor value) {
    return value.relu();
  }

  @Override
  Tensor unquantized(Tensor x) {
    return x.relu();
  }

  @Override
  protected QuantReLU twin() {
    return new QuantReLU(settings().alone());
  }
}
