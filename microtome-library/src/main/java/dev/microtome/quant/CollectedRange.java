package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;

/// The range of activations: each of the first training calls uses its own batch's statistic, and
/// adds it to an average, which evaluation uses; afterwards the average is a parameter, the same in
/// training and evaluation.
final class CollectedRange extends LiveRange {
  private final Quantizer quantizer;
  private final Scaling.LearnedFromStatistics scaling;
  private final Lanes lanes;
  private final TensorSlot value;
  private final Collection collection;

  CollectedRange(Quantizer quantizer, Scaling.LearnedFromStatistics scaling, Lanes lanes) {
    super(quantizer);
    this.quantizer = quantizer;
    this.scaling = scaling;
    this.lanes = lanes;
    value = parameter("value", Tensor.ones(lanes.shape()));
    collection =
        new Collection(
            value,
            buffer("average", Tensor.ones(lanes.shape())),
            buffer("count", Tensor.scalar(0, DType.INT64)),
            scaling.steps(),
            scaling.momentum());
  }

  @Override
  protected Tensor forward(Input in) {
    if (!isTraining()) {
      Tensor t = collection.isLearned() ? value.get() : restriction().learned(average());
      return scaleInEvaluation(restriction().restricted(t), in.threshold());
    }
    if (collection.isCollecting()) {
      Tensor statistic = in.statistic().get();
      collection.add(statistic.detach().abs().clampMin(least()));
      return scale(statistic, in.threshold(), value.get());
    }
    if (!collection.isLearned()) {
      finishCollection();
    }
    return scale(restriction().restricted(value.get()), in.threshold());
  }

  @Override
  Tensor scaleOf(Tensor statistic, Tensor threshold) {
    return scale(statistic, threshold);
  }

  @Override
  void finishCollection() {
    if (!collection.isLearned()) {
      collection.learn(restriction().learned(average()));
    }
  }

  @Override
  void set(Tensor range) {
    collection.learn(restriction().learned(range.detach()));
  }

  private Tensor average() {
    return collection.average();
  }

  @Override
  boolean isCollecting() {
    return !collection.isLearned();
  }

  @Override
  void calibrate(boolean on) {
    collection.calibrate(on);
  }

  Collection collection() {
    return collection;
  }

  @Override
  TensorSlot learned() {
    return value;
  }

  @Override
  protected CollectedRange twin() {
    return new CollectedRange(quantizer, scaling, lanes);
  }

  @Override
  protected String describe() {
    return "%s, at least %s, %s"
        .formatted(QuantizerText.learned(scaling), Percentile.show(least()), restriction());
  }
}
