package dev.microtome.quant;

import dev.microtome.quant.kernel.Loops;
import dev.microtome.quant.kernel.MeasuredRows;
import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The commonest way to quantize a weight as one function: measured by its largest magnitude,
/// rounded, and one backward for both. Four functions and six passes over memory otherwise.
final class MeasuredGrid {
  private final MeasuredRows loops;
  private final Shape scales;

  private MeasuredGrid(MeasuredRows loops, Shape scales) {
    this.loops = loops;
    this.scales = scales;
  }

  /// A weight on its grid, and the grid's scale.
  record Result(Tensor value, Tensor scale) {}

  /// The function for this quantizer of weights; null when it takes more than loops over rows.
  static @Nullable MeasuredGrid of(Quantizer quantizer, Lanes lanes) {
    IntRange range = quantizer.range();
    boolean simple =
        quantizer.scaling() instanceof Scaling.Statistics(Statistic.AbsMax _, _, boolean affine)
            && !affine
            && quantizer.restriction() == Restriction.FLOAT
            && quantizer.zeroPoint() instanceof ZeroPoint.Zero
            && quantizer.rounding() == Rounding.HALF_EVEN
            && quantizer.bitWidth() instanceof BitWidth.Fixed
            && quantizer.bits() > 1;
    boolean whole = lanes.shape().rank() == 0;
    boolean byRows = whole || (lanes.channelDim() == 0 && !lanes.isGrouped());
    // Without the Vector API the class of the loops can't be loaded.
    return simple && byRows && Loops.areUsable() && MeasuredRows.suit(range.min(), range.max())
        ? new MeasuredGrid(
            new MeasuredRows(
                lanes.shape().numel(),
                whole,
                (float) range.threshold(Restriction.FLOAT),
                (float) quantizer.minimumRange(),
                (float) range.min(),
                (float) range.max()),
            lanes.shape())
        : null;
  }

  /// Whether the weight lies in memory row by row.
  boolean suits(Tensor w) {
    return Loops.suit(w) && (scales.rank() == 0 || w.size(0) == scales.numel());
  }

  Result apply(Tensor w) {
    Tensor scale = Tensor.empty(scales);
    Tensor value = new OnGrid(scale).apply(w);
    return new Result(value, value.requiresGrad() ? new Measured(scale).apply(w) : scale);
  }

  /// The weight on its grid. Fills in the scale.
  private final class OnGrid extends CustomFunction {
    private final Tensor scale;

    OnGrid(Tensor scale) {
      this.scale = scale;
    }

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      Tensor w = inputs.getFirst();
      Tensor y = w.emptyLike();
      if (!loops.forward(w, y, scale)) {
        throw new NotFiniteException();
      }
      context.save(w, scale);
      return y;
    }

    @Override
    protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
      Tensor arriving = gradient.contiguous();
      Tensor dx = arriving.copy();
      loops.backward(context.saved(0), context.saved(1), arriving, dx);
      return List.of(dx);
    }

    @Override
    protected String name() {
      return "fake quantization";
    }

    @Override
    protected String gradFn() {
      return "MulBackward0"; // what it ends with
    }
  }

  /// The scale, where something else is computed from it, a bias on the grid of sums for example.
  private final class Measured extends CustomFunction {
    private final Tensor scale;

    Measured(Tensor scale) {
      this.scale = scale;
    }

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      context.save(inputs.getFirst());
      return scale;
    }

    @Override
    protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
      Tensor w = context.saved(0);
      Tensor dx = w.zerosLike();
      loops.backwardOfScale(w, gradient.contiguous(), dx);
      return List.of(dx);
    }

    @Override
    protected String gradFn() {
      return "DivBackward0";
    }
  }
}
