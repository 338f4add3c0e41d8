package dev.microtome.quant;

import dev.microtome.quant.kernel.GridLoops;
import dev.microtome.quant.kernel.Loops;
import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rounds to a grid and reads back, `y = (clamp(round(x/s + z), lo, hi) − z) · s`, as one function
/// with one backward. Let `q` be the clamped integer and `in` 1 where nothing was clipped; then
/// with the arriving gradient `g`
///
/// ```
/// dx = g · in      ds = Σ g · ((q − z) − in · x/s)      dz = −Σ s · g · (1 − in)
/// dlo = Σ s · g where q was below      dhi = Σ s · g where q was above
/// ```
///
/// summed over what shares a scale. With a straight-through clamp `in` is 1 everywhere and the
/// bounds get nothing. Only the inputs are kept; backward rounds again, except after random
/// rounding.
public final class FakeQuantize extends CustomFunction {
  private final Rounding rounding;
  private final double lo;
  private final double hi;
  private final boolean shifted;
  private final boolean learnedBounds;
  private final boolean straightThrough;
  private final boolean rectify;
  private final boolean loops; // whether one-pass loops know these settings

  private FakeQuantize(
      Rounding rounding,
      double lo,
      double hi,
      boolean shifted,
      boolean learnedBounds,
      boolean straightThrough,
      boolean rectify) {
    this.rectify = rectify;
    double most = Math.scalb(1.0, GridLoops.MOST_BITS);
    loops = rounding == Rounding.HALF_EVEN && !learnedBounds && hi - lo <= most;
    this.rounding = rounding;
    this.lo = lo;
    this.hi = hi;
    this.shifted = shifted;
    this.learnedBounds = learnedBounds;
    this.straightThrough = straightThrough;
  }

  /// The function for a fixed range; apply it to x, scale, and the zero point if `shifted`.
  public static FakeQuantize to(
      IntRange range, Rounding rounding, boolean shifted, boolean straightThrough) {
    return new FakeQuantize(
        rounding, range.min(), range.max(), shifted, false, straightThrough, false);
  }

  /// The function for learned bounds; apply it to x, scale, the zero point if `shifted`, and the
  /// bounds.
  public static FakeQuantize toLearned(Rounding rounding, boolean shifted) {
    return new FakeQuantize(rounding, 0, 0, shifted, true, false, false);
  }

  /// The same after `max(x, 0)`.
  FakeQuantize rectifying() {
    return new FakeQuantize(rounding, lo, hi, shifted, learnedBounds, straightThrough, true);
  }

  @Override
  protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
    context.save(inputs.toArray(Tensor[]::new));
    GridLoops loop = loop(inputs);
    if (loop != null) {
      Tensor y = inputs.get(0).emptyLike();
      if (!loop.forward(inputs.get(0), y)) {
        throw new NotFiniteException();
      }
      return y;
    }
    Tensor zero = shifted ? inputs.get(2) : null;
    Tensor x = rectify ? inputs.get(0).relu() : inputs.get(0);
    Tensor q = rounding.round_(scaled(x, inputs.get(1), zero));
    if (rounding == Rounding.STOCHASTIC) {
      context.save(q.copy());
    }
    clamp_(q, inputs);
    if (zero != null) {
      q.sub_(zero);
    }
    return q.mul_(inputs.get(1));
  }

  /// The loop for these inputs; null when it must be done by operations.
  private @Nullable GridLoops loop(List<Tensor> inputs) {
    Tensor scale = inputs.get(1);
    boolean fits =
        loops
            && scale.numel() == 1
            && (!shifted || inputs.get(2).numel() == 1)
            && Loops.suit(inputs.get(0));
    return fits
        ? new GridLoops(
            (float) scale.item(),
            shifted ? (float) inputs.get(2).item() : 0,
            (float) lo,
            (float) hi,
            rectify)
        : null;
  }

  private static Tensor scaled(Tensor x, Tensor scale, @Nullable Tensor zero) {
    Tensor t = x.div(scale);
    return zero == null ? t : t.add_(zero);
  }

  private void clamp_(Tensor q, List<Tensor> inputs) {
    if (learnedBounds) {
      q.clamp_(inputs.get(inputs.size() - 2), inputs.getLast());
    } else {
      q.clamp_(lo, hi);
    }
  }

  @Override
  protected List<@Nullable Tensor> backward(FunctionContext context, Tensor gradient) {
    List<Tensor> inputs = context.saved();
    GridLoops loop = loop(inputs);
    if (loop != null) {
      return byLoop(loop, inputs, gradient.contiguous());
    }
    Tensor random = rounding == Rounding.STOCHASTIC ? inputs.removeLast() : null;
    return new Backward(context, inputs, random, gradient).gradients();
  }

  private List<@Nullable Tensor> byLoop(GridLoops loop, List<Tensor> inputs, Tensor gradient) {
    if (straightThrough) {
      double ofScale = loop.scaleGradientStraightThrough(inputs.get(0), gradient);
      Tensor scales = Tensor.full(inputs.get(1).shape(), (float) ofScale);
      return shifted
          ? List.of(gradient, scales, inputs.get(2).zerosLike())
          : List.of(gradient, scales);
    }
    Tensor dx = inputs.get(0).emptyLike();
    GridLoops.Sums sums = loop.backward(inputs.get(0), gradient, dx);
    var result = new ArrayList<@Nullable Tensor>();
    result.add(dx);
    result.add(Tensor.full(inputs.get(1).shape(), (float) sums.scale()));
    if (shifted) {
      result.add(Tensor.full(inputs.get(2).shape(), (float) sums.zero()));
    }
    return result;
  }

  @Override
  protected String name() {
    return "fake quantization";
  }

  @Override
  protected String gradFn() {
    return "MulBackward0"; // what it ends with
  }

  /// The formulas above, computing what is asked for only.
  private final class Backward {
    private final FunctionContext context;
    private final List<Tensor> inputs;
    private final Tensor gradient;
    private final Tensor scale;
    private final Tensor t; // x/s, without the zero point
    private final Tensor q; // clamped
    private final @Nullable Tensor inside; // as numbers; null when everything counts as inside
    private final Tensor rounded;

    Backward(
        FunctionContext context, List<Tensor> inputs, @Nullable Tensor random, Tensor gradient) {
      this.context = context;
      this.inputs = inputs;
      this.gradient = gradient;
      scale = inputs.get(1);
      t = (rectify ? inputs.get(0).relu() : inputs.get(0)).div(scale);
      Tensor zero = shifted ? inputs.get(2) : null;
      rounded = random != null ? random : rounding.round_(zero == null ? t.copy() : t.add(zero));
      q = rounded.copy();
      clamp_(q, inputs);
      inside = straightThrough ? null : rounded.eq(q).to(gradient.dtype());
    }

    List<@Nullable Tensor> gradients() {
      var result = new ArrayList<@Nullable Tensor>();
      Tensor passed = inside == null ? gradient : gradient.mul(inside);
      result.add(rectify ? passed.mul(inputs.get(0).gt(0)) : passed);
      result.add(context.needsGrad(1) ? ofScale() : null);
      if (shifted) {
        result.add(context.needsGrad(2) ? ofZeroPoint() : null);
      }
      if (learnedBounds) {
        Shape shape = inputs.getLast().shape();
        result.add(Broadcast.sum(pushed().mul(rounded.lt(q)), shape));
        result.add(Broadcast.sum(pushed().mul(rounded.gt(q)), shape));
      }
      return result;
    }

    private Tensor ofScale() {
      Tensor integers = shifted ? q.sub(inputs.get(2)) : q;
      Tensor error = integers.sub(inside == null ? t : t.mul(inside));
      return Broadcast.sum(error.mul_(gradient), scale.shape());
    }

    private Tensor ofZeroPoint() {
      Tensor zero = inputs.get(2);
      if (inside == null) {
        return zero.zerosLike();
      }
      return Broadcast.sum(pushed().mul_(inside.sub(1)), zero.shape());
    }

    /// What a unit of the integer moves the output by, times the gradient.
    private Tensor pushed() {
      return gradient.mul(scale);
    }
  }
}
