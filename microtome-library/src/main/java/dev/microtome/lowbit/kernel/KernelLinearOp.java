package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.CustomOp;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
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
    check(input(call), weight(call).layout());
    var precision = (Precision) Objects.requireNonNull(call.arg(2));
    return new Linear(weight(call), precision).apply(input(call));
  }

  @Override
  public Tensor shape(OpCall call) {
    Tensor x = input(call);
    check(x, weight(call).layout());
    long[] shape = x.shape().dims();
    shape[shape.length - 1] = weight(call).layout().rows();
    return Ops.tensor("aten::new_empty", x, shape);
  }

  private static Tensor input(OpCall call) {
    return (Tensor) Objects.requireNonNull(call.arg(0));
  }

  private static KernelWeight weight(OpCall call) {
    return (KernelWeight) Objects.requireNonNull(call.arg(1));
  }

  private static void check(Tensor x, TileLayout layout) {
    if (x.dim() == 0 || x.size(-1) != layout.columns()) {
      throw new IllegalArgumentException(
          "a low-bit weight of %d inputs and %d outputs can't multiply %s: its last dimension must be %d"
              .formatted(layout.columns(), layout.rows(), x.shape(), layout.columns()));
    }
    if (!x.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "a low-bit weight multiplies floating-point numbers, got " + x.dtype());
    }
  }

  /// Which way to multiply, and the shapes around it.
  private static final class Linear extends CustomFunction {
    /// From so many rows on, bfloat16 strips and libtorch beat the kernels.
    private static final int MANY_ROWS = 24;

    private final KernelWeight weight;
    private final Precision precision;

    Linear(KernelWeight weight, Precision precision) {
      this.weight = weight;
      this.precision = precision;
    }

    @Override
    protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
      Tensor x = inputs.getFirst();
      long[] shape = x.shape().dims();
      shape[shape.length - 1] = weight.layout().rows();
      return product(x, weight.layout().columns(), shape, true);
    }

    @Override
    protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
      long[] shape = gradient.shape().dims();
      shape[shape.length - 1] = weight.layout().columns();
      return List.of(product(gradient, weight.layout().rows(), shape, false));
    }

    private Tensor product(Tensor x, long width, long[] shape, boolean forward) {
      Tensor matrix = x.reshape(x.numel() / width, width);
      if (matrix.size(0) == 0) {
        return Tensor.zeros(new Shape(shape), x.dtype());
      }
      Tensor result = forward ? forward(matrix) : backward(matrix);
      return result.to(x.dtype()).reshape(shape);
    }

    private Tensor forward(Tensor x) {
      return inHalf(x)
          ? new TiledProduct(weight, true).forward(x.to(DType.BFLOAT16))
          : new Product(weight).forward(x.to(DType.FLOAT32).contiguous());
    }

    private Tensor backward(Tensor dy) {
      return inHalf(dy)
          ? new TiledProduct(weight, true).backward(dy.to(DType.BFLOAT16))
          : new Product(weight).backward(dy.to(DType.FLOAT32));
    }

    private boolean inHalf(Tensor matrix) {
      return matrix.size(0) >= MANY_ROWS
          && (precision == Precision.FAST || matrix.dtype() == DType.BFLOAT16);
    }
  }
}
