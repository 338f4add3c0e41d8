package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// `x Φ(x)` (Hendrycks and Gimpel 2016), exactly or by the tanh approximation.
public final class GELU extends Layer<Tensor, Tensor> {
  private final boolean tanh;

  public GELU() {
    this(false);
  }

  public GELU(boolean tanh) {
    this.tanh = tanh;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return tanh ? x.geluTanh() : x.gelu();
  }

  @Override
  protected GELU twin() {
    return new GELU(tanh);
  }

  @Override
  protected String describe() {
    return "approximate=" + (tanh ? "'tanh'" : "'none'");
  }
}
