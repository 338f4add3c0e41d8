package dev.microtome.quant;

import dev.microtome.tensor.Shape;
import org.jspecify.annotations.Nullable;

/// How numbers are put on a grid: `q = clamp(round(x / scale + zero point))`, and read back as `(q
/// − zero point) · scale`. A value; [Quantizers] has the usual ones.
///
/// ```java
/// Quantizers.Uint8ActPerTensorFloat.withBits(4).withSteps(30)
/// ```
///
/// @param bitWidth fixed or learned
/// @param signed whether integers below 0 exist
/// @param narrow whether one integer is left out, see [IntRange]
/// @param granularity what shares a scale
/// @param scaling where the range comes from
/// @param restriction which scales there are
/// @param zeroPoint which integer stands for 0
/// @param rounding how a real number becomes a whole one
/// @param minimumRange ranges below are raised to it; 0 for no such bound
public record Quantizer(
    BitWidth bitWidth,
    boolean signed,
    boolean narrow,
    Granularity granularity,
    Scaling scaling,
    Restriction restriction,
    ZeroPoint zeroPoint,
    Rounding rounding,
    double minimumRange)
    implements Quantization, WeightQuantization {

  public Quantizer {
    if (!(minimumRange >= 0)) {
      throw new IllegalArgumentException("the smallest range can't be " + minimumRange);
    }
    if (bitWidth.bits() == 1 && !signed) {
      throw new IllegalArgumentException("one bit is a sign: a quantizer of 1 bit is signed");
    }
    if (bitWidth.bits() == 1 && !(zeroPoint instanceof ZeroPoint.Zero)) {
      throw new IllegalArgumentException("a quantizer of 1 bit has no zero point");
    }
    if (!signed && narrow && bitWidth.bits() < 2) {
      throw new IllegalArgumentException("no integer is left in a narrow range of 1 bit");
    }
    if (signed && zeroPoint instanceof ZeroPoint.Shifted) {
      throw new IllegalArgumentException(
          "a shifted grid is unsigned: its lowest integer stands for the lowest number");
    }
  }

  /// The bits to begin with.
  public int bits() {
    return bitWidth.bits();
  }

  public Quantizer withBits(int bits) {
    return with(
        bitWidth instanceof BitWidth.Learned
            ? new BitWidth.Learned(bits)
            : new BitWidth.Fixed(bits));
  }

  /// The bit width as a parameter.
  public Quantizer withLearnedBits() {
    return with(new BitWidth.Learned(bits()));
  }

  private Quantizer with(BitWidth width) {
    return new Quantizer(
        width,
        signed,
        narrow,
        granularity,
        scaling,
        restriction,
        zeroPoint,
        rounding,
        minimumRange);
  }

  public Quantizer withSigned(boolean on) {
    return new Quantizer(
        bitWidth, on, narrow, granularity, scaling, restriction, zeroPoint, rounding, minimumRange);
  }

  public Quantizer withNarrow(boolean on) {
    return new Quantizer(
        bitWidth, signed, on, granularity, scaling, restriction, zeroPoint, rounding, minimumRange);
  }

  public Quantizer withGranularity(Granularity next) {
    return new Quantizer(
        bitWidth, signed, narrow, next, scaling, restriction, zeroPoint, rounding, minimumRange);
  }

  public Quantizer perTensor() {
    return withGranularity(new Granularity.PerTensor());
  }

  /// A scale for each output channel of a weight.
  public Quantizer perChannel() {
    return withGranularity(new Granularity.PerOutputChannel());
  }

  /// A scale for each channel of an activation: `perChannel(1, 3, 1, 1)`.
  public Quantizer perChannel(long... shape) {
    return withGranularity(new Granularity.PerChannel(new Shape(shape)));
  }

  /// A scale for each `size` neighbouring inputs of a weight.
  public Quantizer perGroup(long size) {
    return withGranularity(new Granularity.PerGroup(size));
  }

  public Quantizer withScaling(Scaling next) {
    return new Quantizer(
        bitWidth,
        signed,
        narrow,
        granularity,
        next,
        restriction,
        zeroPoint,
        rounding,
        minimumRange);
  }

  /// The number of training calls that collect statistics.
  public Quantizer withSteps(int steps) {
    return withScaling(
        switch (scaling) {
          case Scaling.LearnedFromStatistics(var statistic, _, var momentum) ->
              new Scaling.LearnedFromStatistics(statistic, steps, momentum);
          case Scaling.Statistics _,
              Scaling.Learned _,
              Scaling.Constant _,
              Scaling.Decoupled _,
              Scaling.OfAccumulator _ ->
              throw notMeasured("steps");
        });
  }

  /// The share of a new batch in the running average; null for the mean of all batches.
  public Quantizer withMomentum(@Nullable Double momentum) {
    return withScaling(
        switch (scaling) {
          case Scaling.LearnedFromStatistics(var statistic, var steps, _) ->
              new Scaling.LearnedFromStatistics(statistic, steps, momentum);
          case Scaling.Statistics(var statistic, _, var affine) ->
              new Scaling.Statistics(statistic, momentum, affine);
          case Scaling.Learned _,
              Scaling.Constant _,
              Scaling.Decoupled _,
              Scaling.OfAccumulator _ ->
              throw notMeasured("momentum");
        });
  }

  /// What the range is measured by.
  public Quantizer withStatistic(Statistic next) {
    return withScaling(
        switch (scaling) {
          case Scaling.LearnedFromStatistics(_, var steps, var momentum) ->
              new Scaling.LearnedFromStatistics(next, steps, momentum);
          case Scaling.Statistics(_, var momentum, var affine) ->
              new Scaling.Statistics(next, momentum, affine);
          case Scaling.Decoupled _ -> new Scaling.Decoupled(next);
          case Scaling.Learned _, Scaling.Constant _, Scaling.OfAccumulator _ ->
              throw notMeasured("statistic");
        });
  }

  private IllegalArgumentException notMeasured(String what) {
    return new IllegalArgumentException(
        "no %s: the range of this quantizer is not measured but %s".formatted(what, scaling));
  }

  /// The percentile of |x| the range reaches to.
  public Quantizer withPercentile(double q) {
    return withStatistic(new Statistic.AbsPercentile(q));
  }

  public Quantizer withRestriction(Restriction next) {
    return new Quantizer(
        bitWidth, signed, narrow, granularity, scaling, next, zeroPoint, rounding, minimumRange);
  }

  public Quantizer withZeroPoint(ZeroPoint next) {
    return new Quantizer(
        bitWidth, signed, narrow, granularity, scaling, restriction, next, rounding, minimumRange);
  }

  public Quantizer withRounding(Rounding next) {
    return new Quantizer(
        bitWidth, signed, narrow, granularity, scaling, restriction, zeroPoint, next, minimumRange);
  }

  public Quantizer withMinimumRange(double range) {
    return new Quantizer(
        bitWidth, signed, narrow, granularity, scaling, restriction, zeroPoint, rounding, range);
  }

  /// The integers, for the bits to begin with.
  public IntRange range() {
    return new IntRange(bits(), signed, narrow);
  }

  /// This quantizer in words, defaults included, over several lines.
  public String describe() {
    return QuantizerText.of(this);
  }
}
