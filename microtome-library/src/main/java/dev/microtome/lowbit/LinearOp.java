package dev.microtome.lowbit;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.CustomOp;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `microtome::lowbit_linear(x, weight)`: `x Ŵᵀ` over the last dimension, with a gradient to `x`
/// only. The whole weight is made for each pass and kept by none: correct for every packing,
/// grouping and dtype.
public final class LinearOp implements CustomOp {
  static final String NAME = NAMESPACE + "lowbit_linear";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor run(OpCall call) {
    return new Multiply(weight(call)).apply(input(call));
  }

  @Override
  public Tensor shape(OpCall call) {
    Tensor weight = Ops.tensor("aten::new_empty", input(call), weight(call).grouping().shape());
    return input(call).linear(weight, null);
  }

  private static Tensor input(OpCall call) {
    return (Tensor) Objects.requireNonNull(call.arg(0));
  }

  private static PackedWeight weight(OpCall call) {
    return (PackedWeight) Objects.requireNonNull(call.arg(1));
  }

  private static final class Multiply extends CustomFunction {
    private final PackedWeight weight;

    Multiply(PackedWeight weight) {
      this.weight = weight;
    }

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      Tensor x = inputs.getFirst();
      return x.linear(weight.dequantize(x.dtype()).to(x.dtype()), null);
    }

    @Override
    protected List<? extends @Nullable Tensor> backward(FunctionContext context, Tensor gradient) {
      return List.of(gradient.matmul(weight.dequantize(gradient.dtype()).to(gradient.dtype())));
    }

    @Override
    protected String name() {
      return NAME;
    }
  }
}
