package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A range that never changes.
final class ConstantRange extends LiveRange {
  private final Quantizer quantizer;
  private final double range;
  private final Lanes lanes;
  private final TensorSlot value;

  ConstantRange(Quantizer quantizer, double range, Lanes lanes) {
    super(quantizer);
    this.quantizer = quantizer;
    this.range = range;
    this.lanes = lanes;
    Tensor wanted = Tensor.full(lanes.shape(), (float) range);
    value =
        buffer(
            "value",
            Grad.off(() -> restriction().restricted(restriction().learned(wanted))),
            false);
  }

  @Override
  protected Tensor forward(Input in) {
    return scale(value.get(), in.threshold());
  }

  @Override
  Tensor scaleOf(Tensor statistic, Tensor threshold) {
    return scale(statistic, threshold);
  }

  @Override
  @Nullable TensorSlot learned() {
    return null;
  }

  @Override
  List<Tensor> state() {
    return List.of(value.get());
  }

  @Override
  protected ConstantRange twin() {
    return new ConstantRange(quantizer, range, lanes);
  }

  @Override
  protected String describe() {
    return "always %s, %s".formatted(Percentile.show(range), restriction());
  }
}
