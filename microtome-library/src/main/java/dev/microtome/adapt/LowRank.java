package dev.microtome.adapt;

import dev.microtome.nn.Dropout;
import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.Slot;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One adapter of one layer: `s B A`, and with DoRA a magnitude for each output. Called with x it
/// gives `s B A x`. Its numbers are float32, as PEFT's are, whatever the base computes in.
public final class LowRank extends Layer<Tensor, Tensor> {
  private final Lora settings;
  private final long inFeatures;
  private final long outFeatures;
  private final Slot<Tensor, Tensor> dropout;
  private final Slot<Tensor, Tensor> a;
  private final Slot<Tensor, Tensor> b;
  private final TensorSlot magnitude;
  private final RowNorms norms = new RowNorms();

  private LowRank(Lora settings, long inFeatures, long outFeatures) {
    this.settings = settings;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    dropout = slot("lora_dropout", new Dropout(settings.dropout()));
    a = slot("lora_A", new Linear(inFeatures, settings.rank(), false));
    b = slot("lora_B", new Linear(settings.rank(), outFeatures, false));
    Init.zeros_(matrixB());
    if (settings.init() == Lora.Init.GAUSSIAN) {
      Init.normal_(matrixA(), 0, 1.0 / settings.rank());
    }
    magnitude =
        settings.dora()
            ? parameter("lora_magnitude_vector", Tensor.ones(outFeatures))
            : absentParameter("lora_magnitude_vector");
  }

  /// A fresh adapter for a layer, which changes nothing until it is trained: with DoRA the
  /// magnitudes are the lengths of the base's rows.
  public static LowRank of(LinearLike base, Lora settings) {
    var made = new LowRank(settings, base.inFeatures(), base.outFeatures());
    if (settings.dora()) {
      Grad.off(() -> made.magnitude().copy_(base.rowSquares().sqrt()));
    }
    return made;
  }

  /// An adapter with these matrices.
  ///
  /// @param a (rank, in)
  /// @param b (out, rank)
  /// @param magnitude (out) for DoRA, else null
  /// @throws IllegalArgumentException when they do not fit the settings or each other
  public static LowRank of(Lora settings, Tensor a, Tensor b, @Nullable Tensor magnitude) {
    if (a.dim() != 2
        || b.dim() != 2
        || a.size(0) != settings.rank()
        || b.size(1) != settings.rank()
        || (magnitude != null) != settings.dora()
        || (magnitude != null && !magnitude.shape().equals(Shape.of(b.size(0))))) {
      throw new IllegalArgumentException(
          "A %s, B %s and magnitudes %s do not make an adapter of %s"
              .formatted(
                  a.shape(), b.shape(), magnitude == null ? "none" : magnitude.shape(), settings));
    }
    var made = new LowRank(settings, a.size(1), b.size(0));
    Grad.off(() -> {
      made.matrixA().copy_(a);
      made.matrixB().copy_(b);
      if (magnitude != null) {
        made.magnitude().copy_(magnitude);
      }
    });
    return made;
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor narrow = x.dtype() == matrixA().dtype() ? x : x.to(matrixA().dtype());
    Tensor y = b.apply(a.apply(narrow));
    return settings.scaling() == 1 ? y : y.mul(settings.scaling());
  }

  /// What becomes of the base's output `y` for x when this adapter alone is on.
  Tensor adapted(Tensor x, Tensor y, LinearLike base) {
    return isOneOperation(x)
        ? Ops.tensor(
            DoraOp.NAME,
            y,
            x,
            matrixA(),
            matrixB(),
            magnitude(),
            rowNorms(base),
            base.bias(),
            settings.scaling())
        : y.add(added(x, y, base));
  }

  /// Whether nobody looks at the parts, so that [DoraOp] may compute them together.
  private boolean isOneOperation(Tensor x) {
    return settings.dora()
        && !drops()
        && !(x instanceof ShapeOnly)
        && !isHooked()
        && !dropout.get().isHooked()
        && !a.get().isHooked()
        && !b.get().isHooked();
  }

  private boolean drops() {
    return isTraining() && settings.dropout() > 0;
  }

  /// What this adapter adds to the base's output `y` for x.
  Tensor added(Tensor x, Tensor y, LinearLike base) {
    Tensor dropped = dropout.apply(x);
    if (!settings.dora()) {
      return apply(dropped).to(y.dtype());
    }
    Tensor factor = factor(x, base);
    Tensor plain = drops() ? base.multiply(dropped) : withoutBias(y, base);
    return factor.mul(apply(dropped)).add(factor.sub(1).mul(plain)).to(y.dtype());
  }

  private static Tensor withoutBias(Tensor y, LinearLike base) {
    Tensor bias = base.bias();
    return bias == null ? y : y.sub(bias);
  }

  /// `m / c`, where c are the lengths of the rows of `W + s B A`, taken as constants; 1 for rows of
  /// zeros, which have no direction.
  private Tensor factor(Tensor x, LinearLike base) {
    Tensor m = magnitude();
    if (x instanceof ShapeOnly) {
      return ShapeOnly.of(m);
    }
    Tensor c = rowNorms(base);
    return m.div(DoraFunction.safe(c)).where(c.gt(0), 1.0);
  }

  /// The lengths of the rows of `W + s B A`, (out), without a gradient.
  public Tensor rowNorms(LinearLike base) {
    return norms.of(base, matrixA(), matrixB(), settings.scaling());
  }

  /// The weight (out, in) of `base` with this adapter in it, of the adapter's dtype.
  public Tensor merged(LinearLike base) {
    return Grad.off(() ->
        Scope.run(() -> {
          DType dtype = matrixA().dtype();
          Tensor weight = base.weight().detach().to(dtype);
          Tensor whole = weight.add(matrixB().matmul(matrixA()).mul(settings.scaling()));
          if (!settings.dora()) {
            return whole;
          }
          Tensor c = whole.norm(2, 1, false);
          return whole.mul(magnitude().div(c).where(c.gt(0), 1.0).unsqueeze(1));
        }));
  }

  public Lora settings() {
    return settings;
  }

  /// A, (rank, in).
  public Tensor matrixA() {
    return ((LinearLike) a.get()).weight();
  }

  /// B, (out, rank).
  public Tensor matrixB() {
    return ((LinearLike) b.get()).weight();
  }

  /// The magnitudes, (out).
  ///
  /// @throws IllegalStateException when this is no DoRA
  public Tensor magnitude() {
    return magnitude.get();
  }

  @Override
  protected LowRank twin() {
    return new LowRank(settings, inFeatures, outFeatures);
  }

  @Override
  protected String name() {
    return settings.dora() ? "DoRA" : "LoRA";
  }
}
