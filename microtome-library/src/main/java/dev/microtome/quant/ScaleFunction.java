package dev.microtome.quant;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// From a range to a scale: `max(|range|, least) / threshold`, the bound with the gradient of the
/// identity, and the derivative of |x| at 0 being 1. A learned range that becomes negative so acts
/// as its magnitude.
///
/// A third input does not count. It is the parameter that will take over later, and so gets a
/// gradient of zeros instead of none.
final class ScaleFunction extends CustomFunction {
  private final double least;
  private final boolean boundScale;

  /// @param least the smallest range; 0 for none
  /// @param boundScale whether `least` bounds the scale, and not the range
  ScaleFunction(double least, boolean boundScale) {
    this.least = least;
    this.boundScale = boundScale;
  }

  @Override
  protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
    Tensor range = inputs.get(0);
    context.save(inputs.toArray(Tensor[]::new));
    Tensor size = range.abs();
    if (least > 0 && !boundScale) {
      size.clampMin_(least);
    }
    Tensor scale = size.div(inputs.get(1));
    return least > 0 && boundScale ? scale.clampMin_(least) : scale;
  }

  @Override
  protected List<@Nullable Tensor> backward(FunctionContext context, Tensor gradient) {
    Tensor range = context.saved(0);
    Tensor threshold = context.saved(1);
    Tensor perThreshold = gradient.div(threshold);
    Tensor ofRange =
        context.needsGrad(0)
            ? Broadcast.sum(StraightThrough.signs(range).mul(perThreshold), range.shape())
            : null;
    Tensor ofThreshold =
        context.needsGrad(1)
            ? Broadcast.sum(
                perThreshold.mul(range.abs().clampMin(least)).div(threshold).neg(),
                threshold.shape())
            : null;
    return context.saved().size() < 3
        ? Arrays.asList(ofRange, ofThreshold)
        : Arrays.asList(ofRange, ofThreshold, context.saved(2).zerosLike());
  }

  @Override
  protected String name() {
    return "AbsBinarySignGradFn";
  }
}
