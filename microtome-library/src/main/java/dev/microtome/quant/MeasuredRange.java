package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The range of a weight, measured in every call; the gradient flows back into the weight through
/// it. A learned factor may be multiplied to it.
final class MeasuredRange extends LiveRange {
  private final Quantizer quantizer;
  private final boolean affine;
  private final Lanes lanes;
  private final TensorSlot factor;

  MeasuredRange(Quantizer quantizer, boolean affine, Lanes lanes) {
    super(quantizer);
    this.quantizer = quantizer;
    this.affine = affine;
    this.lanes = lanes;
    factor =
        affine
            ? parameter("affine_weight", Tensor.ones(lanes.shape()))
            : absentParameter("affine_weight");
  }

  @Override
  protected Tensor forward(Input in) {
    return scaleOf(in.statistic().get(), in.threshold());
  }

  @Override
  Tensor scaleOf(Tensor statistic, Tensor threshold) {
    if (restriction() == Restriction.FLOAT && !affine) {
      return scale(statistic, threshold);
    }
    Tensor t = restriction().learned(bounded(statistic));
    Tensor scaled = affine ? t.mul(factor.get()) : t;
    return scale(restriction().restricted(scaled), threshold);
  }

  @Override
  @Nullable TensorSlot learned() {
    return null;
  }

  @Override
  List<Tensor> state() {
    return affine ? List.of(factor.get()) : List.of();
  }

  @Override
  protected MeasuredRange twin() {
    return new MeasuredRange(quantizer, affine, lanes);
  }

  @Override
  protected String describe() {
    return QuantizerText.measured(quantizer.scaling()) + ", " + restriction();
  }
}
