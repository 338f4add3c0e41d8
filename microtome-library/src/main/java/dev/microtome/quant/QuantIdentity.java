package dev.microtome.quant;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// Puts its input on a grid. Without a quantizer it hands its input on.
public final class QuantIdentity extends QuantActivation {
  /// With [Quantizers#Int8ActPerTensorFloat].
  public QuantIdentity() {
    this(ActSettings.of(Quantizers.Int8ActPerTensorFloat));
  }

  public QuantIdentity(ActSettings settings) {
    super(settings, true);
  }

  @Override
  Tensor activation(Tensor value) {
    return value;
  }

  @Override
  Tensor unquantized(Tensor x) {
    return Ops.tensor("aten::alias", x);
  }

  @Override
  protected QuantIdentity twin() {
    return new QuantIdentity(settings().alone());
  }
}
