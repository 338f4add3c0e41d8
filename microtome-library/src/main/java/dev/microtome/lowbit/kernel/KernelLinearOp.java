package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.CustomOp;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Objects;

/// The operation `microtome::kernel_linear(x, weight, precision)`; see [KernelWeight#linear]. The
/// gradient goes to x alone.
public final class KernelLinearOp implements CustomOp {
  static final String NAME = NAMESPACE + "kernel_linear";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor run(OpCall call) {
    Multiplication multiplication = multiplication(call);
    multiplication.check(input(call));
    return new Linear(multiplication).apply(input(call));
  }

  @Override
  public Tensor shape(OpCall call) {
    Multiplication multiplication = multiplication(call);
    multiplication.check(input(call));
    return Ops.tensor("aten::new_empty", input(call), multiplication.shape(input(call)));
  }

  private static Tensor input(OpCall call) {
    return (Tensor) Objects.requireNonNull(call.arg(0));
  }

  private static Multiplication multiplication(OpCall call) {
    return new Multiplication(
        (KernelWeight) Objects.requireNonNull(call.arg(1)),
        (Precision) Objects.requireNonNull(call.arg(2)));
  }

  /// A product with its gradient.
  private static final class Linear extends CustomFunction {
    private final Multiplication multiplication;

    Linear(Multiplication multiplication) {
      this.multiplication = multiplication;
    }

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      return multiplication.forward(inputs.getFirst());
    }

    @Override
    protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
      return List.of(multiplication.backward(gradient));
    }
  }
}
