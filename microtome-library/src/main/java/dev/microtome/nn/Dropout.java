package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// While training, zeroes each number with probability `p` and scales the others by `1 / (1 - p)`;
/// else the identity.
public final class Dropout extends Layer<Tensor, Tensor> {
  private final double p;

  public Dropout(double p) {
    this.p = Check.probability("dropout probability", p);
  }

  @Override
  protected Tensor forward(Tensor x) {
    return isTraining() && p > 0 ? x.dropout(p, true) : x;
  }

  public double p() {
    return p;
  }

  @Override
  protected Dropout twin() {
    return new Dropout(p);
  }

  @Override
  protected String describe() {
    return "p=" + PythonFormat.of(p) + ", inplace=False";
  }
}
