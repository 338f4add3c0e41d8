package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.Slot;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;

/// DoRA as the QDoRA notebooks have it, over any frozen linear layer:
///
/// ```
/// z = W x + B A x        c = row lengths of W + B A, constants        y = z / c · (m · alpha)
/// ```
///
/// alpha scales the whole output and the product is not scaled; every step is rounded to the base's
/// dtype. Trainable are exactly `m`, `a.weight` and `b.weight`. Other than in the notebooks, inputs
/// may have any number of dimensions, A begins as PEFT's does (with A = B = 0 neither could ever
/// move), and rows of zeros, whose length can't be divided by, pass as they are.
///
/// As a PEFT adapter: `lora_alpha = rank`, `m' = alpha · m`, the same A and B.
public final class NotebookDora extends Layer<Tensor, Tensor> {
  private final Slot<Tensor, Tensor> base;
  private final Slot<Tensor, Tensor> a;
  private final Slot<Tensor, Tensor> b;
  private final TensorSlot m;
  private final int rank;
  private final double alpha;

  /// @param base a [LinearLike] layer, frozen from now on; quantized, in the notebooks
  /// @param original the weight before quantization, whose row lengths are the first magnitudes
  public NotebookDora(Layer<Tensor, Tensor> base, Tensor original, int rank, double alpha) {
    this(base, rank, alpha, original.dtype());
    if (!original.shape().equals(base().weight().shape())) {
      throw new IllegalArgumentException(
          "the base's weight is %s, the original one %s"
              .formatted(base().weight().shape(), original.shape()));
    }
    m.set(Grad.off(() -> original.detach().norm(2, 1, false)).requiresGrad_(true));
  }

  private NotebookDora(Layer<Tensor, Tensor> base, int rank, double alpha, DType dtype) {
    if (!(base instanceof LinearLike linear)) {
      throw new IllegalArgumentException(
          "the base must be a linear layer, not a " + base.getClass().getSimpleName());
    }
    if (rank < 1) {
      throw new IllegalArgumentException("the rank must be at least 1, got " + rank);
    }
    this.rank = rank;
    this.alpha = alpha;
    this.base = inner("base", base.freeze());
    a = slot("a", new Linear(linear.inFeatures(), rank, false).to(dtype));
    b = slot("b", new Linear(rank, linear.outFeatures(), false).to(dtype));
    Grad.off(() -> matrix(b).zero_());
    m = parameter("m", Tensor.ones(linear.outFeatures()).to(dtype));
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor z = base().multiply(x).add(b.apply(a.apply(x)));
    Tensor c = rowNorms();
    Tensor y = z.div(c.maskedFill(c.eq(0), 1.0)).mul(m.get().mul(alpha));
    Tensor bias = base().bias();
    return bias == null ? y : y.add(bias);
  }

  /// The lengths c of the rows, without a gradient.
  public Tensor rowNorms() {
    return Grad.off(() -> base().weight().add(matrix(b).matmul(matrix(a))).norm(2, 1, false));
  }

  private LinearLike base() {
    return (LinearLike) base.get();
  }

  private static Tensor matrix(Slot<Tensor, Tensor> slot) {
    return ((LinearLike) slot.get()).weight();
  }

  @Override
  protected NotebookDora twin() {
    DType dtype = m.get().dtype();
    return new NotebookDora(
        new Linear(base().inFeatures(), base().outFeatures()), rank, alpha, dtype);
  }

  @Override
  protected String name() {
    return "QuantedDoraModule";
  }
}
