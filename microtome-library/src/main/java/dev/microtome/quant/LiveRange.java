package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A [Scaling] at work: gives the scale for a call, and holds what is measured or learned for it.
public abstract sealed class LiveRange extends Layer<LiveRange.Input, Tensor>
    permits CollectedRange,
        AveragedRange,
        MeasuredRange,
        AdoptedRange,
        LearnedRange,
        ConstantRange {
  /// How to measure this call's tensor, if need be, and the integer the range's end falls on.
  public record Input(Supplier<Tensor> statistic, Tensor threshold) {}

  private final Restriction restriction;
  private final double least;
  private final ScaleFunction boundRange;
  private final ScaleFunction boundScale;

  LiveRange(Quantizer quantizer) {
    restriction = quantizer.restriction();
    least = quantizer.minimumRange();
    boundRange = new ScaleFunction(least, false);
    boundScale = new ScaleFunction(least, true);
  }

  /// The live range for activations.
  static LiveRange ofActivation(Quantizer quantizer, Lanes lanes) {
    return switch (quantizer.scaling()) {
      case Scaling.LearnedFromStatistics collected ->
          new CollectedRange(quantizer, collected, lanes);
      case Scaling.Statistics averaged -> new AveragedRange(quantizer, averaged, lanes);
      case Scaling.Learned(double range) -> new LearnedRange(quantizer, range, lanes);
      case Scaling.Constant(double range) -> new ConstantRange(quantizer, range, lanes);
      case Scaling.Decoupled _ ->
          throw new IllegalArgumentException("decoupled scales are for weights, not activations");
      case Scaling.OfAccumulator _ ->
          throw new IllegalArgumentException(
              "an activation has no accumulator to take its scale from; that is for biases");
    };
  }

  /// The live range for weights.
  static LiveRange ofWeight(Quantizer quantizer, Lanes lanes) {
    return switch (quantizer.scaling()) {
      case Scaling.LearnedFromStatistics _, Scaling.Decoupled _ ->
          new AdoptedRange(quantizer, lanes);
      case Scaling.Statistics(_, _, var affine) -> new MeasuredRange(quantizer, affine, lanes);
      case Scaling.Learned(double range) -> new LearnedRange(quantizer, range, lanes);
      case Scaling.Constant(double range) -> new ConstantRange(quantizer, range, lanes);
      case Scaling.OfAccumulator _ ->
          throw new IllegalArgumentException(
              "a weight has no accumulator to take its scale from; that is for biases");
    };
  }

  /// The scale a statistic stands for while it is being measured.
  abstract Tensor scaleOf(Tensor statistic, Tensor threshold);

  /// The learned parameter, `learned(range)`; null when nothing is learned.
  abstract @Nullable TensorSlot learned();

  /// The tensors that the scale of a weight comes from, besides the weight.
  List<Tensor> state() {
    TensorSlot slot = learned();
    return slot == null ? List.of() : List.of(slot.get());
  }

  final Restriction restriction() {
    return restriction;
  }

  final double least() {
    return least;
  }

  /// `max(|range|, least) / threshold`.
  final Tensor scale(Tensor range, Tensor threshold) {
    return boundRange.apply(range, threshold);
  }

  /// [#scale] while `later` is not learned yet.
  final Tensor scale(Tensor range, Tensor threshold, Tensor later) {
    return boundRange.apply(range, threshold, later);
  }

  /// `max(|range| / threshold, least)`.
  final Tensor scaleInEvaluation(Tensor range, Tensor threshold) {
    return boundScale.apply(range, threshold);
  }

  /// `statistic` raised to the least range, with the gradient of the identity.
  final Tensor bounded(Tensor statistic) {
    return least > 0 ? StraightThrough.clamp(statistic, least, null) : statistic;
  }

  /// Lets the parameter take over from collected statistics now.
  void finishCollection() {}

  /// Whether statistics are still being collected.
  boolean isCollecting() {
    return false;
  }

  void calibrate(boolean on) {}

  /// Makes `range` the learned range.
  void set(Tensor range) {
    TensorSlot slot = learned();
    if (slot == null) {
      throw new IllegalStateException(
          where() + ": this scale is not learned, so it can't be set; it is " + describe());
    }
    Tensor next = restriction.learned(range.detach());
    dev.microtome.tensor.Grad.off(() -> slot.get().copy_(next));
  }
}
