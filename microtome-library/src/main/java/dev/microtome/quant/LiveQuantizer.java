package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A [Quantizer] at work in a layer: holds the live range, zero point and bit width, and puts
/// tensors on the grid. Its result is a [QuantTensor].
public abstract sealed class LiveQuantizer extends Layer<Tensor, Tensor>
    permits ActQuant, WeightQuant {
  private final Quantizer quantizer;
  private final Lanes lanes;
  private final LiveRange range;
  private final @Nullable LiveZeroPoint zeroPoint;
  private final FakeQuantize function;
  private final TensorSlot bitOffset;
  private final TensorSlot bits; // the constants of a fixed bit width
  private final TensorSlot threshold;
  private final TensorSlot zero;
  private @Nullable FakeQuantize rectifying;
  private boolean enabled = true;

  LiveQuantizer(
      Quantizer quantizer,
      Lanes lanes,
      LiveRange range,
      @Nullable LiveZeroPoint zeroPoint,
      boolean straightThrough) {
    this.quantizer = quantizer;
    this.lanes = lanes;
    this.range = child("scale", range);
    this.zeroPoint = zeroPoint == null ? null : child("zero_point", zeroPoint);
    boolean learnsBits = quantizer.bitWidth() instanceof BitWidth.Learned;
    bitOffset =
        learnsBits
            ? parameter(
                "bit_width_offset", Tensor.scalar(quantizer.bits() - BitWidth.Learned.LEAST + 0f))
            : absentParameter("bit_width_offset");
    function =
        learnsBits
            ? FakeQuantize.toLearned(quantizer.rounding(), zeroPoint != null)
            : FakeQuantize.to(
                quantizer.range(), quantizer.rounding(), zeroPoint != null, straightThrough);
    bits = buffer("bits", Tensor.scalar((float) quantizer.bits()), false);
    threshold = buffer("threshold", threshold(), false);
    zero = buffer("zero", Tensor.scalar(0f), false);
  }

  private Tensor threshold() {
    double end = quantizer.range().threshold(quantizer.restriction());
    return quantizer.bits() == 1 ? Tensor.of((float) end) : Tensor.scalar((float) end);
  }

  /// The tensors the range is measured on when `x` is quantized.
  abstract List<Tensor> measured(Tensor x);

  /// `x` as −1 or 1 times `scale`.
  abstract Tensor signs(Tensor x, Tensor scale);

  /// `x` on the grid.
  public final QuantTensor quantize(Tensor x) {
    return quantize(x, false);
  }

  /// `x`, or `max(x, 0)`, on the grid.
  final QuantTensor quantize(Tensor given, boolean rectify) {
    boolean fused = rectify && quantizer.bits() > 1 && !bitOffset.isPresent() && zeroPoint == null;
    Tensor x = rectify && !fused ? given.relu() : given;
    Tensor bitWidth = bitWidth();
    Tensor end = bitOffset.isPresent() ? threshold(bitWidth) : threshold.get();
    Tensor grouped = lanes.grouped(x);
    Tensor scale =
        range.apply(new LiveRange.Input(() -> statistic(fused ? x.relu() : x, end), end));
    Tensor shift = zeroPoint == null ? null : zeroPoint(x, scale, bitWidth);
    Tensor value = fused ? rectifying().apply(x, scale) : onGrid(grouped, scale, shift, bitWidth);
    return new QuantTensor(
        lanes.isGrouped() ? value.reshape(x.shape()) : value,
        whole(scale, x.shape()),
        shift == null ? zero.get() : whole(shift, x.shape()),
        bitWidth,
        quantizer.signed(),
        isTraining());
  }

  /// Numbers that lie on a grid of this scale already.
  final QuantTensor known(Tensor value, Tensor scale) {
    return new QuantTensor(value, scale, zero.get(), bitWidth(), quantizer.signed(), isTraining());
  }

  /// The tensors that a weight on its grid comes from, besides the weight.
  final List<Tensor> state() {
    var all = new ArrayList<Tensor>(range.state());
    if (zeroPoint != null) {
      all.addAll(zeroPoint.state());
    }
    all.addAll(
        bitOffset.isPresent()
            ? List.of(bitOffset.get())
            : List.of(bits.get(), threshold.get(), zero.get()));
    return all;
  }

  /// Whether somebody watches the parts that give the scale and the zero point.
  final boolean isWatched() {
    return range.isHooked() || (zeroPoint != null && zeroPoint.isHooked());
  }

  private Tensor whole(Tensor perPart, Shape shape) {
    return lanes.isGrouped() ? lanes.spread(perPart, shape) : perPart;
  }

  private FakeQuantize rectifying() {
    if (rectifying == null) {
      rectifying = function.rectifying();
    }
    return rectifying;
  }

  /// `x` on a grid of this scale and zero point.
  Tensor onGrid(Tensor x, Tensor scale, @Nullable Tensor shift, Tensor bitWidth) {
    if (quantizer.bits() == 1) {
      return signs(x, scale);
    }
    if (bitOffset.isPresent()) {
      Tensor min = IntRange.min(bitWidth, quantizer.signed(), quantizer.narrow());
      Tensor max = IntRange.max(bitWidth, quantizer.signed(), quantizer.narrow());
      return shift == null
          ? function.apply(x, scale, min, max)
          : function.apply(x, scale, shift, min, max);
    }
    return shift == null ? function.apply(x, scale) : function.apply(x, scale, shift);
  }

  private Tensor threshold(Tensor bitWidth) {
    return IntRange.threshold(
        bitWidth, quantizer.signed(), quantizer.narrow(), quantizer.restriction());
  }

  // ---- measuring ----

  private Tensor statistic(Tensor x, Tensor end) {
    Tensor found =
        switch (quantizer.scaling()) {
          case Scaling.LearnedFromStatistics(var statistic, _, _) -> measure(statistic, x, end);
          case Scaling.Statistics(var statistic, _, _) -> measure(statistic, x, end);
          case Scaling.Decoupled(var statistic) -> measure(statistic, x, end);
          case Scaling.Learned _, Scaling.Constant _, Scaling.OfAccumulator _ ->
              throw new AssertionError("a range that is not measured asked for a statistic");
        };
    return finite(found, x);
  }

  private Tensor measure(Statistic statistic, Tensor x, Tensor end) {
    if (!(statistic instanceof Statistic.LeastSquares(Statistic of))) {
      return lanes.measure(statistic, measured(x));
    }
    Tensor bitWidth = bitWidth();
    Tensor grouped = lanes.grouped(x);
    return GridSearch.best(
        grouped,
        lanes,
        of,
        candidate -> {
          Tensor scale = range.scaleOf(candidate, end);
          return onGrid(grouped, scale, firstShift(x, scale, bitWidth), bitWidth);
        });
  }

  /// The zero point before any search for a better one.
  private @Nullable Tensor firstShift(Tensor x, Tensor scale, Tensor bitWidth) {
    return quantizer.zeroPoint() instanceof ZeroPoint.Shifted(Statistic lowest)
        ? whole(lanes.measure(lowest, measured(x)).neg(), scale, bitWidth)
        : null;
  }

  private Tensor zeroPoint(Tensor x, Tensor scale, Tensor bitWidth) {
    LiveZeroPoint live = java.util.Objects.requireNonNull(zeroPoint);
    return whole(live.apply(() -> finite(lowest(x, scale, bitWidth), x)), scale, bitWidth);
  }

  private Tensor lowest(Tensor x, Tensor scale, Tensor bitWidth) {
    Statistic statistic = ((ZeroPoint.Shifted) quantizer.zeroPoint()).lowest();
    if (!(statistic instanceof Statistic.LeastSquares(Statistic of))) {
      return lanes.measure(statistic, measured(x));
    }
    Tensor grouped = lanes.grouped(x);
    return GridSearch.best(
        grouped,
        lanes,
        of,
        low -> onGrid(grouped, scale, whole(low.abs(), scale, bitWidth), bitWidth));
  }

  /// How far the grid reaches below 0, in whole steps.
  private Tensor whole(Tensor below, Tensor scale, Tensor bitWidth) {
    Tensor min = IntRange.min(bitWidth, quantizer.signed(), quantizer.narrow());
    Tensor max = IntRange.max(bitWidth, quantizer.signed(), quantizer.narrow());
    Tensor steps = StraightThrough.round(below.div(scale), quantizer.rounding());
    return StraightThrough.bounded(steps, min, max);
  }

  private Tensor finite(Tensor statistic, Tensor x) {
    if (!statistic.detach().isFinite().all().toBooleans()[0]) {
      needFinite(this, x);
    }
    return statistic;
  }

  // ---- what it is ----

  /// The value this quantizer was made from.
  public final Quantizer quantizer() {
    return quantizer;
  }

  /// The bit width now.
  public final Tensor bitWidth() {
    return bitOffset.isPresent()
        ? StraightThrough.round(StraightThrough.abs(bitOffset.get()).add(BitWidth.Learned.LEAST))
        : bits.get();
  }

  /// The scale that evaluation uses now.
  public final Tensor scale() {
    return inEvaluation().scale();
  }

  /// The zero point that evaluation uses now.
  public final Tensor zeroPoint() {
    return inEvaluation().zeroPoint();
  }

  /// The grid that evaluation uses now, around any value.
  abstract QuantTensor inEvaluation();

  /// Makes this the scale, learned from here on. One number, or one for each channel.
  public final void setScale(Tensor scale) {
    if (!scale.detach().gt(0).all().toBooleans()[0]) {
      throw new IllegalArgumentException(where() + ": a scale is above 0, got " + scale);
    }
    Tensor end = bitOffset.isPresent() ? threshold(bitWidth()).detach() : threshold.get();
    range.set(scale.detach().mul(end).expand(lanes.shape()));
  }

  /// Keeps the scale, the zero point and the bit width as they are: collection ends, and they want
  /// no gradient any more.
  public final void freezeScale() {
    finishCollection();
    freeze();
  }

  /// Ends the collection of statistics now: what was averaged so far is learned from here on.
  public final void finishCollection() {
    range.finishCollection();
    if (zeroPoint != null) {
      zeroPoint.finishCollection();
    }
  }

  /// Whether statistics are still being collected.
  public final boolean isCollecting() {
    return range.isCollecting();
  }

  /// Whether this quantizer does anything; see [#enable].
  public final boolean isEnabled() {
    return enabled;
  }

  /// Switches this quantizer off and on again; its layer computes without it meanwhile.
  public final void enable(boolean on) {
    enabled = on;
  }

  final void calibrate(boolean on) {
    range.calibrate(on);
    if (zeroPoint != null) {
      zeroPoint.calibrate(on);
    }
  }

  final Lanes lanes() {
    return lanes;
  }

  /// The live range, for reading its state.
  public final LiveRange range() {
    return range;
  }

  /// The live zero point, or null when it is 0.
  public final @Nullable LiveZeroPoint shift() {
    return zeroPoint;
  }

  static void needReal(Layer<?, ?> layer, Tensor x) {
    if (!x.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "%s quantizes real numbers, got %s %s; convert with to(DType.%s)"
              .formatted(layer.where(), x.dtype(), x.shape(), DType.FLOAT32));
    }
    if (x.numel() == 0) {
      throw new IllegalArgumentException(
          "%s: an empty tensor %s has no range; leave empty batches out"
              .formatted(layer.where(), x.shape()));
    }
  }

  /// Refuses numbers that are NaN or infinite.
  static void needFinite(Layer<?, ?> layer, Tensor x) {
    Tensor seen = x.detach();
    if (!seen.device().equals(Device.META)
        && !Double.isFinite(seen.sum().item()) // cheap, but large numbers may overflow
        && !seen.isFinite().all().toBooleans()[0]) {
      throw notFinite(layer, x);
    }
  }

  static IllegalArgumentException notFinite(Layer<?, ?> layer, Tensor x) {
    return new IllegalArgumentException(
        "%s: numbers that are NaN or infinite can't be put on a grid; the input %s has some, and"
                .formatted(layer.where(), x.shape())
            + " nothing was taken from it. Look where they come from: too high a learning rate,"
            + " or a division by zero");
  }

  @Override
  protected final String describe() {
    return QuantizerText.summary(quantizer);
  }
}
