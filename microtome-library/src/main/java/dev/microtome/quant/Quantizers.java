package dev.microtome.quant;

import dev.microtome.quant.Scaling.Constant;
import dev.microtome.quant.Scaling.Decoupled;
import dev.microtome.quant.Scaling.Learned;
import dev.microtome.quant.Scaling.LearnedFromStatistics;
import dev.microtome.quant.Scaling.OfAccumulator;
import dev.microtome.quant.Scaling.Statistics;
import dev.microtome.quant.Statistic.AbsMax;
import dev.microtome.quant.Statistic.AbsMaxAve;
import dev.microtome.quant.Statistic.AbsMaxL2;
import dev.microtome.quant.Statistic.AbsMinMax;
import dev.microtome.quant.Statistic.AbsPercentile;
import dev.microtome.quant.Statistic.LeastSquares;
import dev.microtome.quant.Statistic.NegativeMinOrZero;
import dev.microtome.quant.Statistic.NegativePercentileOrZero;
import dev.microtome.quant.Statistic.PercentileInterval;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The quantizers Brevitas has, under its names. All have 8 bits and round half to even unless
/// their name says otherwise; change what you like with the `with…` methods of [Quantizer].
///
/// `Act` are for activations: their range is collected over 300 training steps and then learned.
/// `Weight` are for weights: their range is the largest weight, in every call. `FixedPoint` have
/// power-of-two scales, `Shifted` a zero point, `MSE` search the range with the least squared
/// error.
@SuppressWarnings("MemberName") // Brevitas' names, so that they are found
public final class Quantizers {
  private static final Map<String, Quantizer> NAMES = new LinkedHashMap<>();
  private static final double HIGH = 99.999;
  private static final double LOW = 0.001;
  private static final double LEAST = 1e-10;

  private static final Quantizer SIGNED =
      new Quantizer(
          new BitWidth.Fixed(8),
          true,
          false,
          new Granularity.PerTensor(),
          new LearnedFromStatistics(new AbsPercentile(HIGH)),
          Restriction.FLOAT,
          new ZeroPoint.Zero(),
          Rounding.HALF_EVEN,
          LEAST);

  private static final Scaling LARGEST = new Statistics(new AbsMax());
  private static final Scaling BATCH = new Statistics(new AbsMaxAve(), null, true);
  private static final Scaling BEST = new LearnedFromStatistics(new LeastSquares(new AbsMax()));
  private static final Scaling BEST_SHIFTED =
      new LearnedFromStatistics(new LeastSquares(new AbsMinMax()));
  private static final ZeroPoint LOWEST = new ZeroPoint.Shifted(new NegativeMinOrZero());
  private static final ZeroPoint BEST_LOWEST =
      new ZeroPoint.Shifted(new LeastSquares(new NegativeMinOrZero()));

  // ---- activations ----

  /// Signed, the default of `QuantIdentity` and `QuantTanh`.
  public static final Quantizer Int8ActPerTensorFloat = preset("Int8ActPerTensorFloat", SIGNED);

  /// Unsigned, the default of `QuantReLU` and `QuantSigmoid`.
  public static final Quantizer Uint8ActPerTensorFloat =
      preset("Uint8ActPerTensorFloat", SIGNED.withSigned(false));

  /// Unsigned with a zero point: the range goes from the lowest to the highest percentile.
  public static final Quantizer ShiftedUint8ActPerTensorFloat =
      preset(
          "ShiftedUint8ActPerTensorFloat",
          Uint8ActPerTensorFloat.withStatistic(new PercentileInterval(LOW, HIGH))
              .withZeroPoint(new ZeroPoint.Shifted(new NegativePercentileOrZero(LOW))));

  public static final Quantizer Int8ActPerTensorFloatMSE =
      preset("Int8ActPerTensorFloatMSE", Int8ActPerTensorFloat.withScaling(BEST));
  public static final Quantizer Uint8ActPerTensorFloatMSE =
      preset("Uint8ActPerTensorFloatMSE", Uint8ActPerTensorFloat.withScaling(BEST));
  public static final Quantizer ShiftedUint8ActPerTensorFloatMSE =
      preset(
          "ShiftedUint8ActPerTensorFloatMSE",
          ShiftedUint8ActPerTensorFloat.withScaling(BEST_SHIFTED).withZeroPoint(BEST_LOWEST));

  public static final Quantizer Int8ActPerTensorFixedPoint =
      preset("Int8ActPerTensorFixedPoint", fixed(Int8ActPerTensorFloat));
  public static final Quantizer Uint8ActPerTensorFixedPoint =
      preset("Uint8ActPerTensorFixedPoint", fixed(Uint8ActPerTensorFloat));
  public static final Quantizer ShiftedUint8ActPerTensorFixedPoint =
      preset("ShiftedUint8ActPerTensorFixedPoint", fixed(ShiftedUint8ActPerTensorFloat));
  public static final Quantizer Int8ActPerTensorFixedPointMSE =
      preset("Int8ActPerTensorFixedPointMSE", fixed(Int8ActPerTensorFloatMSE));
  public static final Quantizer Uint8ActPerTensorFixedPointMSE =
      preset("Uint8ActPerTensorFixedPointMSE", fixed(Uint8ActPerTensorFloatMSE));
  public static final Quantizer ShiftedUint8ActPerTensorFixedPointMSE =
      preset("ShiftedUint8ActPerTensorFixedPointMSE", fixed(ShiftedUint8ActPerTensorFloatMSE));

  /// BatchQuant: the mean over channels of their largest magnitude, times a learned factor.
  public static final Quantizer Int8ActPerTensorFloatBatchQuant2d =
      preset("Int8ActPerTensorFloatBatchQuant2d", Int8ActPerTensorFloat.withScaling(BATCH));

  public static final Quantizer Uint8ActPerTensorFloatBatchQuant2d =
      preset("Uint8ActPerTensorFloatBatchQuant2d", Uint8ActPerTensorFloat.withScaling(BATCH));
  public static final Quantizer Int8ActPerTensorFloatBatchQuant1d =
      preset("Int8ActPerTensorFloatBatchQuant1d", Int8ActPerTensorFloatBatchQuant2d);
  public static final Quantizer Uint8ActPerTensorFloatBatchQuant1d =
      preset("Uint8ActPerTensorFloatBatchQuant1d", Uint8ActPerTensorFloatBatchQuant2d);

  /// −1 or 1.
  public static final Quantizer SignedBinaryActPerTensorConst =
      preset("SignedBinaryActPerTensorConst", constant(1, 1.0));

  /// −1, 0 or 1.
  public static final Quantizer SignedTernaryActPerTensorConst =
      preset("SignedTernaryActPerTensorConst", constant(2, 1.0));

  // ---- weights ----

  /// Signed and narrow, the default of all layers with a weight.
  public static final Quantizer Int8WeightPerTensorFloat =
      preset("Int8WeightPerTensorFloat", SIGNED.withNarrow(true).withScaling(LARGEST));

  /// A scale for each output channel.
  public static final Quantizer Int8WeightPerChannelFloat =
      preset("Int8WeightPerChannelFloat", Int8WeightPerTensorFloat.perChannel());

  public static final Quantizer Int8WeightPerTensorFixedPoint =
      preset("Int8WeightPerTensorFixedPoint", fixed(Int8WeightPerTensorFloat));
  public static final Quantizer Int8WeightPerChannelFixedPoint =
      preset("Int8WeightPerChannelFixedPoint", fixed(Int8WeightPerChannelFloat));

  /// Unsigned with a zero point.
  public static final Quantizer ShiftedUint8WeightPerTensorFloat =
      preset(
          "ShiftedUint8WeightPerTensorFloat",
          SIGNED
              .withSigned(false)
              .withScaling(new Statistics(new AbsMinMax()))
              .withZeroPoint(LOWEST));

  public static final Quantizer ShiftedUint8WeightPerChannelFloat =
      preset("ShiftedUint8WeightPerChannelFloat", ShiftedUint8WeightPerTensorFloat.perChannel());

  public static final Quantizer Int8WeightPerTensorFloatMSE =
      preset("Int8WeightPerTensorFloatMSE", Int8WeightPerTensorFloat.withScaling(BEST));
  public static final Quantizer Int8WeightPerChannelFloatMSE =
      preset("Int8WeightPerChannelFloatMSE", Int8WeightPerTensorFloatMSE.perChannel());
  public static final Quantizer Int8WeightPerTensorFixedPointMSE =
      preset("Int8WeightPerTensorFixedPointMSE", fixed(Int8WeightPerTensorFloatMSE));
  public static final Quantizer Int8WeightPerChannelFixedPointMSE =
      preset("Int8WeightPerChannelFixedPointMSE", fixed(Int8WeightPerChannelFloatMSE));
  public static final Quantizer ShiftedUint8WeightPerTensorFloatMSE =
      preset(
          "ShiftedUint8WeightPerTensorFloatMSE",
          ShiftedUint8WeightPerTensorFloat.withScaling(BEST_SHIFTED).withZeroPoint(BEST_LOWEST));
  public static final Quantizer ShiftedUint8WeightPerChannelFloatMSE =
      preset(
          "ShiftedUint8WeightPerChannelFloatMSE", ShiftedUint8WeightPerTensorFloatMSE.perChannel());

  /// −0.1 or 0.1; the weights themselves are kept within.
  public static final Quantizer SignedBinaryWeightPerTensorConst =
      preset("SignedBinaryWeightPerTensorConst", constant(1, 0.1));

  /// −0.1, 0 or 0.1.
  public static final Quantizer SignedTernaryWeightPerTensorConst =
      preset("SignedTernaryWeightPerTensorConst", constant(2, 0.1));

  /// Rounded on the scale of all channels together, multiplied by a learned one; for depthwise
  /// convolutions.
  public static final Quantizer Int4WeightPerTensorFloatDecoupled =
      preset(
          "Int4WeightPerTensorFloatDecoupled",
          Int8WeightPerTensorFloat.withScaling(new Decoupled(new AbsMaxL2())).withBits(4));

  /// Rounded on the measured scale of each channel, multiplied by a learned one.
  public static final Quantizer Int8WeightPerChannelFloatDecoupled =
      preset(
          "Int8WeightPerChannelFloatDecoupled",
          Int8WeightPerChannelFloat.withScaling(new Decoupled(new AbsMax())));

  // ---- biases ----

  /// On the grid of the sums the bias is added to.
  public static final Quantizer Int8Bias = preset("Int8Bias", ofAccumulator(8));

  public static final Quantizer Int16Bias = preset("Int16Bias", ofAccumulator(16));
  public static final Quantizer Int24Bias = preset("Int24Bias", ofAccumulator(24));
  public static final Quantizer Int32Bias = preset("Int32Bias", ofAccumulator(32));

  /// On a grid of its own.
  public static final Quantizer Int8BiasPerTensorFloatInternalScaling =
      preset("Int8BiasPerTensorFloatInternalScaling", SIGNED.withScaling(LARGEST));

  public static final Quantizer Int8BiasPerTensorFixedPointInternalScaling =
      preset(
          "Int8BiasPerTensorFixedPointInternalScaling",
          fixed(Int8BiasPerTensorFloatInternalScaling));

  private Quantizers() {}

  /// Signed, learned from the start, covering `min` and `max`: the default of `QuantHardTanh`.
  public static Quantizer Int8ActPerTensorFloatMinMaxInit(double min, double max) {
    return Int8ActPerTensorFloat.withScaling(Learned.covering(min, max)).withMinimumRange(0);
  }

  /// Unsigned, learned from the start, up to `max`.
  public static Quantizer Uint8ActPerTensorFloatMaxInit(double max) {
    return Uint8ActPerTensorFloat.withScaling(new Learned(max)).withMinimumRange(0);
  }

  public static Quantizer Int8ActPerTensorFixedPointMinMaxInit(double min, double max) {
    return fixed(Int8ActPerTensorFloatMinMaxInit(min, max));
  }

  public static Quantizer Uint8ActPerTensorFixedPointMaxInit(double max) {
    return fixed(Uint8ActPerTensorFloatMaxInit(max));
  }

  /// The quantizer of this name.
  ///
  /// @throws IllegalArgumentException when there is none
  public static Quantizer named(String name) {
    Quantizer found = NAMES.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "there is no quantizer '%s'; there are %s, and those made with bounds: %s"
              .formatted(
                  name,
                  String.join(", ", NAMES.keySet()),
                  "Int8ActPerTensorFloatMinMaxInit(min, max) and the like"));
    }
    return found;
  }

  /// All quantizers that need no bounds, by name.
  public static Map<String, Quantizer> all() {
    return Collections.unmodifiableMap(NAMES);
  }

  private static Quantizer preset(String name, Quantizer quantizer) {
    NAMES.put(name, quantizer);
    return quantizer;
  }

  private static Quantizer fixed(Quantizer quantizer) {
    return quantizer.withRestriction(Restriction.POWER_OF_TWO);
  }

  private static Quantizer constant(int bits, double range) {
    return SIGNED
        .withNarrow(true)
        .withBits(bits)
        .withScaling(new Constant(range))
        .withMinimumRange(0);
  }

  private static Quantizer ofAccumulator(int bits) {
    return SIGNED.withBits(bits).withScaling(new OfAccumulator());
  }
}
