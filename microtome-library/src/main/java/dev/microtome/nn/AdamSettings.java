package dev.microtome.nn;

/// What [Adam] and [AdamW] are set to besides the learning rate: how fast the averages of the
/// gradient and of its square forget, what is added to the divisor, weight decay, and whether the
/// largest square counts (AMSGrad).
public record AdamSettings(
    double beta1, double beta2, double eps, double weightDecay, boolean amsgrad) {
  /// PyTorch's defaults of Adam: 0.9, 0.999, 1e-8, no decay.
  public static final AdamSettings ADAM = new AdamSettings(0.9, 0.999, 1e-8, 0, false);

  /// PyTorch's defaults of AdamW: the same with decay 0.01.
  public static final AdamSettings ADAM_W = ADAM.withWeightDecay(0.01);

  public AdamSettings {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "betas must be within 0 and below 1, got %s and %s".formatted(beta1, beta2));
    }
    Check.notNegative("eps", eps);
    Check.notNegative("weight decay", weightDecay);
  }

  public AdamSettings withBetas(double first, double second) {
    return new AdamSettings(first, second, eps, weightDecay, amsgrad);
  }

  public AdamSettings withEps(double value) {
    return new AdamSettings(beta1, beta2, value, weightDecay, amsgrad);
  }

  public AdamSettings withWeightDecay(double value) {
    return new AdamSettings(beta1, beta2, eps, value, amsgrad);
  }

  public AdamSettings withAmsgrad() {
    return new AdamSettings(beta1, beta2, eps, weightDecay, true);
  }
}
