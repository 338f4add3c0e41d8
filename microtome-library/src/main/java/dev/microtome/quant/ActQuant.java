package dev.microtome.quant;

import dev.microtome.quant.kernel.Loops;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The quantizer of an activation. Two layers may share one object: its statistics then come from
/// both.
public final class ActQuant extends LiveQuantizer implements Quantization {
  /// Percentiles beyond are found among the largest few.
  private static final double TAIL = 99.99;

  private static final double MOST = 100;

  private boolean observing;

  public ActQuant(Quantizer quantizer) {
    this(quantizer, Lanes.ofActivation(quantizer.granularity()));
  }

  private ActQuant(Quantizer quantizer, Lanes lanes) {
    super(
        quantizer, lanes, LiveRange.ofActivation(quantizer, lanes), shift(quantizer, lanes), false);
  }

  private static @Nullable LiveZeroPoint shift(Quantizer quantizer, Lanes lanes) {
    return quantizer.zeroPoint() instanceof ZeroPoint.Shifted
        ? LiveZeroPoint.ofActivation(quantizer, lanes)
        : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return forward(QuantTensor.valueOf(x), false);
  }

  /// `max(x, 0)` on the grid, in one go unless somebody watches what comes in.
  Tensor rectified(Tensor x) {
    return isHooked() ? apply(x.relu()) : forward(x, true);
  }

  private Tensor forward(Tensor value, boolean rectify) {
    if (value.device().equals(Device.META)) {
      return observing ? value : inEvaluation().with(value.emptyLike());
    }
    check(value);
    try {
      QuantTensor quantized = quantize(value, rectify).from(this);
      return !observing ? quantized : rectify ? value.relu() : value;
    } catch (NotFiniteException refused) {
      throw notFinite(this, value);
    }
  }

  private void check(Tensor x) {
    needReal(this, x);
    if (lanes().shape().rank() > 0) {
      int rank = lanes().shape().rank();
      int dim = lanes().channelDim();
      if (x.dim() != rank || x.size(dim) != lanes().shape().get(dim)) {
        throw new IllegalArgumentException(
            "%s has a scale per channel of shape %s, which does not fit an input %s"
                .formatted(where(), lanes().shape(), x.shape()));
      }
    }
    if (!Loops.suit(x) || (isTraining() && looksInside())) {
      needFinite(this, x); // else loops look for themselves
    }
  }

  /// Whether this call is measured by a statistic that may pass over what is infinite.
  private boolean looksInside() {
    return switch (quantizer().scaling()) {
      case Scaling.LearnedFromStatistics(var statistic, _, _) ->
          isCollecting() && looksInside(statistic);
      case Scaling.Statistics(var statistic, _, _) -> looksInside(statistic);
      case Scaling.Learned _, Scaling.Constant _, Scaling.Decoupled _, Scaling.OfAccumulator _ ->
          quantizer().zeroPoint() instanceof ZeroPoint.Shifted;
    };
  }

  private static boolean looksInside(Statistic statistic) {
    return switch (statistic) {
      case Statistic.AbsPercentile(double q) -> q < TAIL;
      case Statistic.PercentileInterval(double low, double high) ->
          high < TAIL || low > MOST - TAIL;
      case Statistic.AbsMax _,
          Statistic.AbsMinMax _,
          Statistic.AbsMaxAve _,
          Statistic.AbsMaxL2 _,
          Statistic.AbsAve _,
          Statistic.MeanSigmaStd _ ->
          false;
      case Statistic.NegativePercentileOrZero _,
          Statistic.NegativeMinOrZero _,
          Statistic.LeastSquares _ ->
          true;
    };
  }

  @Override
  List<Tensor> measured(Tensor x) {
    return List.of(x);
  }

  @Override
  Tensor signs(Tensor x, Tensor scale) {
    Tensor clipped = StraightThrough.bounded(x, scale.neg(), scale);
    return StraightThrough.binarySign(clipped).mul(scale);
  }

  @Override
  QuantTensor inEvaluation() {
    boolean before = isTraining();
    eval();
    try {
      return quantize(Tensor.zeros(lanes().shape()));
    } finally {
      train(before);
    }
  }

  /// Lets values pass unquantized while statistics are collected, without end and all batches
  /// alike.
  void observe(boolean on) {
    observing = on;
    calibrate(on);
  }

  @Override
  protected ActQuant twin() {
    return new ActQuant(quantizer());
  }
}
