package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;

/// A range that is a parameter from the start.
final class LearnedRange extends LiveRange {
  private final Quantizer quantizer;
  private final double range;
  private final Lanes lanes;
  private final TensorSlot value;

  LearnedRange(Quantizer quantizer, double range, Lanes lanes) {
    super(quantizer);
    this.quantizer = quantizer;
    this.range = range;
    this.lanes = lanes;
    value =
        parameter(
            "value",
            Grad.off(() -> restriction().learned(Tensor.full(lanes.shape(), (float) range))));
  }

  @Override
  protected Tensor forward(Input in) {
    return scale(restriction().restricted(value.get()), in.threshold());
  }

  @Override
  Tensor scaleOf(Tensor statistic, Tensor threshold) {
    return scale(statistic, threshold);
  }

  @Override
  TensorSlot learned() {
    return value;
  }

  @Override
  protected LearnedRange twin() {
    return new LearnedRange(quantizer, range, lanes);
  }

  @Override
  protected String describe() {
    return "learned, %s to begin with, %s".formatted(Percentile.show(range), restriction());
  }
}
