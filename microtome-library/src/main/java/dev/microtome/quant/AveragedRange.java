package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The range of activations that is never learned: training uses each batch's own statistic,
/// evaluation the running average. A learned factor may be multiplied to it.
final class AveragedRange extends LiveRange {
  private final Quantizer quantizer;
  private final Scaling.Statistics scaling;
  private final Lanes lanes;
  private final TensorSlot factor;
  private final Collection collection;

  AveragedRange(Quantizer quantizer, Scaling.Statistics scaling, Lanes lanes) {
    super(quantizer);
    this.quantizer = quantizer;
    this.scaling = scaling;
    this.lanes = lanes;
    factor =
        scaling.affine()
            ? parameter("affine_weight", Tensor.ones(lanes.shape()))
            : absentParameter("affine_weight");
    TensorSlot average = buffer("average", Tensor.ones(lanes.shape()));
    collection =
        new Collection(
            average,
            average,
            buffer("count", Tensor.scalar(0, DType.INT64)),
            Integer.MAX_VALUE,
            scaling.momentum());
  }

  @Override
  protected Tensor forward(Input in) {
    if (!isTraining()) {
      return scaleOf(collection.average(), in.threshold());
    }
    Tensor statistic = in.statistic().get();
    collection.add(statistic);
    return scaleOf(statistic, in.threshold());
  }

  @Override
  Tensor scaleOf(Tensor statistic, Tensor threshold) {
    Tensor t = restriction().learned(bounded(statistic));
    Tensor scaled = factor.isPresent() ? t.mul(factor.get()) : t;
    return scale(restriction().restricted(scaled), threshold);
  }

  @Override
  void calibrate(boolean on) {
    collection.calibrate(on);
  }

  @Override
  @Nullable TensorSlot learned() {
    return null;
  }

  @Override
  protected AveragedRange twin() {
    return new AveragedRange(quantizer, scaling, lanes);
  }

  @Override
  protected String describe() {
    return QuantizerText.averaged(scaling) + ", " + restriction();
  }
}
