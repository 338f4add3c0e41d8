package dev.microtome.lowbit;

import dev.microtome.lowbit.kernel.KernelWeight;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.lowbit.kernel.TileLayout;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Slot;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A [LowBitLinear] whose weight is laid out for the vector kernels, to run it and to train
/// adapters on it: the same codes, scales and zeros, products without the whole weight. [#restored]
/// is the layer it was made of, for files.
///
/// Its buffers are the kernels': `words`, `scale`, `zero`. They keep their dtypes when a network is
/// converted.
public final class KernelLinear extends Layer<Tensor, Tensor> implements LinearLike {
  private final TileLayout layout;
  private final LowBit settings;
  private final boolean transposed; // stands for a Conv1D
  private final Precision precision;
  private final TensorSlot words;
  private final TensorSlot scale;
  private final TensorSlot zero;
  private final TensorSlot bias;
  private volatile KernelWeight current;

  private KernelLinear(
      KernelWeight weight,
      LowBit settings,
      boolean transposed,
      @Nullable Tensor bias,
      Precision precision) {
    layout = weight.layout();
    this.settings = settings;
    this.transposed = transposed;
    this.precision = precision;
    current = weight;
    words = fixedBuffer("words", weight.words());
    scale = fixedBuffer("scale", weight.scale());
    zero = fixedBuffer("zero", weight.zero());
    this.bias = bias == null ? absentParameter("bias") : parameter("bias", bias);
  }

  /// Whether the kernels can multiply by a weight: groups of a multiple of 32 numbers within rows,
  /// and zeros that are codes.
  public static boolean fits(PackedWeight weight) {
    Grouping grouping = weight.grouping();
    return grouping.isWithinRows()
        && weight.role() == ZeroRole.POINT
        && weight.scale().shape().rank() > 0
        && weight.zero().shape().rank() > 0
        && TileLayout.fits(grouping.shape().get(1), grouping.size());
  }

  /// The layer in the kernels' layout; it shares the bias.
  ///
  /// @throws IllegalArgumentException when the weight does not fit; see [#fits]
  public static KernelLinear of(LowBitLinear layer, Precision precision) {
    PackedWeight packed = layer.packed();
    if (!fits(packed)) {
      throw new IllegalArgumentException(
          "the kernels need groups of a multiple of 32 numbers within rows (axis 1) and zeros that"
              + " are codes, each group with its own; this weight %s has groups of %d along axis %d"
                  .formatted(
                      packed.grouping().shape(),
                      packed.grouping().size(),
                      packed.grouping().axis()));
    }
    KernelWeight weight =
        Grad.off(() -> {
          long rows = packed.grouping().shape().get(0);
          Tensor scale = packed.scale().tensor().reshape(rows, -1);
          Tensor zero = packed.zero().tensor().to(scale.dtype()).reshape(rows, -1);
          int bits = (int) Math.ceil(packed.bits().bits());
          return KernelWeight.of(packed.codesInShape(), scale, zero, bits);
        });
    return new KernelLinear(
        weight, layer.settings(), layer.isTransposed(), layer.bias(), precision);
  }

  /// Lays out every low-bit layer of a network that the kernels know; those that are laid out
  /// already compute in `precision` from now on.
  ///
  /// @return how many there are
  public static int applyTo(Layer<?, ?> network, Precision precision) {
    int count = 0;
    for (Slot<Tensor, Tensor> place : LinearPlaces.of(network).values()) {
      switch (place.get()) {
        case LowBitLinear packed when fits(packed.packed()) -> place.set(of(packed, precision));
        case KernelLinear laidOut when laidOut.precision == precision -> {}
        case KernelLinear laidOut -> place.set(laidOut.in(precision));
        default -> count--;
      }
      count++;
    }
    return count;
  }

  private KernelLinear in(Precision other) {
    return new KernelLinear(kernelWeight(), settings, transposed, bias(), other);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = multiply(x);
    return bias.isPresent() ? y.add(bias.get()) : y;
  }

  @Override
  public Tensor multiply(Tensor x) {
    return kernelWeight().linear(x, precision);
  }

  @Override
  public Tensor rowSquares() {
    return kernelWeight().rowSquares();
  }

  /// The weight as the kernels read it.
  @SuppressWarnings("ReferenceEquality") // laid over these very tensors, or over older ones
  public KernelWeight kernelWeight() {
    KernelWeight known = current;
    if (known.words() != words.get()
        || known.scale() != scale.get()
        || known.zero() != zero.get()) {
      known = KernelWeight.over(layout, words.get(), scale.get(), zero.get());
      current = known;
    }
    return known;
  }

  /// The weight as it is stored in files.
  public PackedWeight packed() {
    KernelWeight weight = kernelWeight();
    var grouping = new Grouping(shape(), layout.group(), 1);
    return PackedWeight.of(
        weight.codes().reshape(-1, layout.group()),
        settings.width(),
        grouping,
        weight.scales().reshape(-1, 1),
        weight.zeros().reshape(-1, 1));
  }

  private Shape shape() {
    return Shape.of(layout.rows(), layout.columns());
  }

  /// The layer in the layout of files, with a copy of the bias.
  public LowBitLinear restored() {
    return LowBitLinear.of(this, packed(), settings);
  }

  @Override
  public Tensor weight() {
    return packed().dequantize();
  }

  /// Quantizes `weight` as this layer's was.
  @Override
  public Layer<Tensor, Tensor> withWeight(Tensor weight) {
    return restored().withWeight(weight);
  }

  @Override
  public Layer<Tensor, Tensor> floatLayer(Tensor weight) {
    return transposed && bias.isPresent()
        ? Conv1D.of(weight, bias.get())
        : Linear.of(weight, bias.orNull());
  }

  /// What products are computed in.
  public Precision precision() {
    return precision;
  }

  boolean isTransposed() {
    return transposed;
  }

  @Override
  public @Nullable Tensor bias() {
    return bias.orNull();
  }

  @Override
  public long inFeatures() {
    return layout.columns();
  }

  @Override
  public long outFeatures() {
    return layout.rows();
  }

  @Override
  protected KernelLinear twin() {
    Tensor any = bias.isPresent() ? Tensor.empty(outFeatures()) : null;
    return new KernelLinear(kernelWeight(), settings, transposed, any, precision);
  }

  @Override
  protected String describe() {
    return "in_features=%d, out_features=%d, bias=%s, bits=%s, group_size=%d"
        .formatted(
            inFeatures(),
            outFeatures(),
            bias.isPresent() ? "True" : "False",
            settings.width(),
            layout.group());
  }
}
