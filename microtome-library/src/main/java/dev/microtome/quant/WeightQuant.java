package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The quantizer of a weight. Two layers may share one object: the range then covers both weights.
public final class WeightQuant extends LiveQuantizer implements WeightQuantization {
  private final Shape weight;
  private final int outputDim;
  private final boolean straightThrough;
  private final List<TensorSlot> tracked = new ArrayList<>();
  private final @Nullable MeasuredGrid measuredGrid;
  private final WeightCache cache = new WeightCache();

  /// @param weight the shape of the weight
  /// @param outputDim the dimension its output channels lie along
  public WeightQuant(Quantizer quantizer, Shape weight, int outputDim) {
    this(quantizer, weight, outputDim, clampsStraightThrough(quantizer));
  }

  private WeightQuant(Quantizer quantizer, Shape weight, int outputDim, boolean straightThrough) {
    this(
        quantizer,
        weight,
        outputDim,
        straightThrough,
        Lanes.ofWeight(quantizer.granularity(), weight, outputDim));
  }

  private WeightQuant(
      Quantizer quantizer, Shape weight, int outputDim, boolean straightThrough, Lanes lanes) {
    super(
        quantizer,
        lanes,
        LiveRange.ofWeight(quantizer, lanes),
        quantizer.zeroPoint() instanceof ZeroPoint.Shifted shifted
            ? LiveZeroPoint.ofWeight(shifted, lanes)
            : null,
        straightThrough);
    this.weight = weight;
    this.outputDim = outputDim;
    this.straightThrough = straightThrough;
    measuredGrid = straightThrough ? MeasuredGrid.of(quantizer, lanes) : null;
  }

  /// The quantizer of a bias with a scale of its own.
  static WeightQuant ofBias(Quantizer quantizer, long size) {
    return new WeightQuant(quantizer, new Shape(size), 0, false);
  }

  /// The live quantizer for a layer's weight.
  static WeightQuant live(WeightQuantization from, TensorSlot weight, int outputDim) {
    WeightQuant live =
        switch (from) {
          case WeightQuant shared -> shared.fitting(weight.get().shape());
          case Quantizer quantizer -> new WeightQuant(quantizer, weight.get().shape(), outputDim);
        };
    live.tracked.add(weight);
    return live;
  }

  private WeightQuant fitting(Shape other) {
    if (lanes().shape().rank() > 0 && other.get(outputDim) != weight.get(outputDim)) {
      throw new IllegalArgumentException(
          "a shared weight quantizer with a scale per channel needs weights of as many channels:"
              + " %s and %s".formatted(weight, other));
    }
    return this;
  }

  private static boolean clampsStraightThrough(Quantizer quantizer) {
    return switch (quantizer.scaling()) {
      case Scaling.Statistics(_, _, var affine) -> !affine;
      case Scaling.Constant _, Scaling.Decoupled _ -> true;
      case Scaling.LearnedFromStatistics _, Scaling.Learned _, Scaling.OfAccumulator _ -> false;
    };
  }

  @Override
  protected Tensor forward(Tensor w) {
    if (w.device().equals(Device.META)) {
      return inEvaluation().with(w.emptyLike());
    }
    if (isTraining() || isWatched() || quantizer().rounding() == Rounding.STOCHASTIC) {
      cache.forget();
      return computed(w);
    }
    QuantTensor known = cache.get(sources(w));
    return known == null ? remembered(w) : known;
  }

  private QuantTensor remembered(Tensor w) {
    QuantTensor computed = computed(w); // may set what it comes from, in a first call
    return cache.put(sources(w), computed);
  }

  private List<Tensor> sources(Tensor w) {
    List<Tensor> all = state();
    all.add(w);
    tracked.forEach(other -> all.add(other.get()));
    return all;
  }

  private QuantTensor computed(Tensor w) {
    try {
      boolean alone = tracked.size() < 2 && !isWatched();
      if (measuredGrid == null || !alone || !measuredGrid.suits(w)) {
        return quantize(w);
      }
      MeasuredGrid.Result found = measuredGrid.apply(w);
      return known(found.value(), found.scale());
    } catch (NotFiniteException refused) {
      throw notFinite(this, w);
    }
  }

  @Override
  List<Tensor> measured(Tensor w) {
    return tracked.size() < 2 ? List.of(w) : tracked.stream().map(TensorSlot::get).toList();
  }

  @Override
  Tensor onGrid(Tensor w, Tensor scale, @Nullable Tensor shift, Tensor bitWidth) {
    if (!(quantizer().scaling() instanceof Scaling.Decoupled(Statistic statistic))) {
      return super.onGrid(w, scale, shift, bitWidth);
    }
    IntRange range = quantizer().range();
    double end = range.threshold(quantizer().restriction());
    Tensor rounding = lanes().measure(statistic, measured(w)).div(end);
    Tensor whole = StraightThrough.round(w.div(rounding), quantizer().rounding());
    return StraightThrough.clamp(whole, range.min(), range.max()).mul(scale);
  }

  /// The weight itself is clamped to the two values, so that it can turn back soon.
  @Override
  Tensor signs(Tensor w, Tensor scale) {
    Grad.off(() -> w.clamp_(scale.neg(), scale));
    return StraightThrough.binarySign(w).mul(scale);
  }

  @Override
  QuantTensor inEvaluation() {
    TensorSlot first = tracked.isEmpty() ? null : tracked.getFirst();
    boolean before = isTraining();
    eval();
    try {
      return quantize(first == null ? Tensor.zeros(weight) : first.get());
    } finally {
      train(before);
    }
  }

  /// How many numbers the weight has.
  long size() {
    return weight.numel();
  }

  @Override
  protected WeightQuant twin() {
    return new WeightQuant(quantizer(), weight, outputDim, straightThrough);
  }
}
