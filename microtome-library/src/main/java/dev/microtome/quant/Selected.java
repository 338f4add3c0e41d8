package dev.microtome.quant;

import dev.microtome.quant.kernel.Largest;
import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// One number out of many: a percentile near the end, found in one pass. Its gradient goes where
/// the number stands.
final class Selected extends CustomFunction {
  private final int place;
  private final Largest.Of of;

  /// @param place from the end, from 1
  Selected(int place, Largest.Of of) {
    this.place = place;
    this.of = of;
  }

  @Override
  protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
    Tensor x = inputs.get(0);
    Largest.Found found = Largest.find(x, place, of);
    float value = found.finite() ? found.value() : Float.NaN;
    float sign = of == Largest.Of.MAGNITUDE ? Math.signum(value) : 1;
    context.save(Tensor.of(found.index()), Tensor.scalar(sign), Tensor.of(x.shape().dims()));
    return Tensor.scalar(sign * value, DType.FLOAT32);
  }

  @Override
  protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
    Tensor zeros = Tensor.zeros(context.saved(2).toLongs());
    zeros.view(-1).at(context.saved(0).itemLong()).set(gradient.mul(context.saved(1)));
    return List.of(zeros);
  }

  @Override
  protected String name() {
    return "KthValue";
  }
}
