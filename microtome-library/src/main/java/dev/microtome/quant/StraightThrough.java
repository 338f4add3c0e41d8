package dev.microtome.quant;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Steps and clamps whose gradient is that of the identity (Bengio et al. 2013): forward they do
/// what they say, backward the gradient passes unchanged.
public final class StraightThrough {
  private static final CustomFunction ROUND = passing("RoundSteFn", Tensor::round);
  private static final CustomFunction CEIL = passing("CeilSteFn", Tensor::ceil);
  private static final CustomFunction FLOOR = passing("FloorSteFn", Tensor::floor);
  private static final CustomFunction SIGN = passing("BinarySignSteFn", StraightThrough::signs);
  private static final CustomFunction TERNARY = passing("TernarySignSteFn", Tensor::sign);

  private StraightThrough() {}

  /// To the nearest whole number, ties to the even one.
  public static Tensor round(Tensor x) {
    return ROUND.apply(x);
  }

  public static Tensor round(Tensor x, Rounding rounding) {
    return passing("RoundSteFn", y -> rounding.round_(y.copy())).apply(x);
  }

  public static Tensor ceil(Tensor x) {
    return CEIL.apply(x);
  }

  public static Tensor floor(Tensor x) {
    return FLOOR.apply(x);
  }

  /// 1 for 0 and above, else −1.
  public static Tensor binarySign(Tensor x) {
    return SIGN.apply(x);
  }

  /// −1, 0 or 1.
  public static Tensor ternarySign(Tensor x) {
    return TERNARY.apply(x);
  }

  public static Tensor clamp(Tensor x, @Nullable Double min, @Nullable Double max) {
    return passing("ScalarClampSteFn", y -> y.clamp(min, max)).apply(x);
  }

  /// Clamps to `min` and `max`, which broadcast and get no gradient.
  public static Tensor clamp(Tensor x, Tensor min, Tensor max) {
    return passing("TensorClampSteFn", y -> bounded(y, min, max)).apply(x);
  }

  /// Clamps with true gradients: x's where it is inside, the bound's where that is reached.
  public static Tensor bounded(Tensor x, Tensor min, Tensor max) {
    Tensor below = max.where(x.gt(max), x);
    return min.where(below.lt(min), below);
  }

  /// |x|, with the derivative 1 at 0.
  public static Tensor abs(Tensor x) {
    return Absolute.FUNCTION.apply(x);
  }

  static Tensor signs(Tensor x) {
    return x.ge(0).to(x.dtype()).mul_(2).sub_(1);
  }

  private static CustomFunction passing(String name, UnaryOperator<Tensor> forward) {
    return new Passing(name, forward);
  }

  private static final class Passing extends CustomFunction {
    private final String name;
    private final UnaryOperator<Tensor> forward;

    Passing(String name, UnaryOperator<Tensor> forward) {
      this.name = name;
      this.forward = forward;
    }

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      return forward.apply(inputs.get(0));
    }

    @Override
    protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
      return List.of(gradient);
    }

    @Override
    protected String name() {
      return name;
    }
  }

  private static final class Absolute extends CustomFunction {
    static final Absolute FUNCTION = new Absolute();

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      context.save(inputs.get(0));
      return inputs.get(0).abs();
    }

    @Override
    protected List<@Nullable Tensor> backward(FunctionContext context, Tensor gradient) {
      return Arrays.<@Nullable Tensor>asList(signs(context.saved(0)).mul_(gradient));
    }

    @Override
    protected String name() {
      return "AbsBinarySignGradFn";
    }
  }
}
