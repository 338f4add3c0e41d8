package dev.microtome.lowbit;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A linear layer over a weight of few bits: `y = x Ŵᵀ + b`. The weight is not trained; gradients
/// flow to the input and the bias.
///
/// Its buffers are HQQ's: `W_q`, `scale`, `zero`. They keep their dtypes when a network is
/// converted.
public final class LowBitLinear extends Layer<Tensor, Tensor> implements LinearLike {
  private final PackedWeight layout; // its tensors are the slots' first ones only
  private final TensorSlot codes;
  private final StoredValues scale;
  private final StoredValues zero;
  private final TensorSlot bias;
  private final LowBit settings;
  private final boolean transposed; // stands for a Conv1D

  /// A layer over `weight` (out, in).
  ///
  /// @throws IllegalArgumentException when the weight is no matrix or the bias does not fit it
  public LowBitLinear(PackedWeight weight, @Nullable Tensor bias) {
    this(weight, bias, LowBit.like(weight), false);
  }

  private LowBitLinear(
      PackedWeight weight, @Nullable Tensor bias, LowBit settings, boolean transposed) {
    this.settings = settings;
    this.transposed = transposed;
    Shape shape = weight.grouping().shape();
    if (shape.rank() != 2) {
      throw new IllegalArgumentException("a linear layer's weight is (out, in), got " + shape);
    }
    if (bias != null && !bias.shape().equals(Shape.of(shape.get(0)))) {
      throw new IllegalArgumentException(
          "a weight %s has a bias of %d numbers, got %s"
              .formatted(shape, shape.get(0), bias.shape()));
    }
    layout = weight;
    codes = fixedBuffer("W_q", weight.packed());
    scale = StoredValues.of("scale", weight.scale(), this::fixedBuffer);
    zero = StoredValues.of("zero", weight.zero(), this::fixedBuffer);
    this.bias = bias == null ? absentParameter("bias") : parameter("bias", bias.detach());
  }

  /// Quantizes a layer; its bias is copied.
  public static LowBitLinear of(LinearLike layer, LowBit settings) {
    return of(layer, settings.quantize(layer), settings);
  }

  /// A layer in place of `layer`, whose weight was quantized to `packed`.
  static LowBitLinear of(LinearLike layer, PackedWeight packed, LowBit settings) {
    Tensor bias = layer.bias();
    return new LowBitLinear(
        packed,
        bias == null ? null : bias.detach().copy(),
        settings,
        switch (layer) {
          case Conv1D _ -> true;
          case LowBitLinear low -> low.transposed;
          case KernelLinear kernel -> kernel.isTransposed();
          default -> false;
        });
  }

  boolean isTransposed() {
    return transposed;
  }

  /// A layer over a weight that is there already, in place of `layer`.
  ///
  /// @throws IllegalArgumentException when it is no weight of that layer's size
  public static LowBitLinear inPlaceOf(LinearLike layer, PackedWeight packed) {
    Shape expected = Shape.of(layer.outFeatures(), layer.inFeatures());
    if (!packed.grouping().shape().equals(expected)) {
      throw new IllegalArgumentException(
          "the layer's weight is %s, the packed one %s"
              .formatted(expected, packed.grouping().shape()));
    }
    return of(layer, packed, LowBit.like(packed));
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = multiply(x);
    return bias.isPresent() ? y.add(bias.get()) : y;
  }

  /// The weight as it is stored.
  public PackedWeight packed() {
    return new PackedWeight(
        codes.get(),
        layout.bits(),
        layout.packing(),
        layout.grouping(),
        scale.get(),
        zero.get(),
        layout.role());
  }

  /// The whole weight, in the dtype of its scales.
  @Override
  public Tensor weight() {
    return packed().dequantize();
  }

  @Override
  public Tensor multiply(Tensor x) {
    return Ops.tensor(LinearOp.NAME, x, packed());
  }

  @Override
  public Tensor rowSquares() {
    return Grad.off(
        () -> Scope.run(() -> packed().dequantize(DType.FLOAT32).square().sum(1, false)));
  }

  /// Quantizes `weight` as this layer's was.
  @Override
  public LowBitLinear withWeight(Tensor weight) {
    Tensor copied = bias.isPresent() ? bias.get().detach().copy() : null;
    return new LowBitLinear(settings.quantize(weight), copied, settings, transposed);
  }

  @Override
  public Layer<Tensor, Tensor> floatLayer(Tensor weight) {
    return transposed && bias.isPresent()
        ? Conv1D.of(weight, bias.get())
        : Linear.of(weight, bias.orNull());
  }

  /// How the weight is quantized.
  public LowBit settings() {
    return settings;
  }

  @Override
  public @Nullable Tensor bias() {
    return bias.orNull();
  }

  @Override
  public long inFeatures() {
    return layout.grouping().shape().get(1);
  }

  @Override
  public long outFeatures() {
    return layout.grouping().shape().get(0);
  }

  @Override
  protected LowBitLinear twin() {
    Tensor any = bias.isPresent() ? Tensor.empty(outFeatures()) : null;
    return new LowBitLinear(packed(), any, settings, transposed);
  }

  @Override
  protected String describe() {
    return "in_features=%d, out_features=%d, bias=%s, bits=%s, group_size=%d, axis=%d"
        .formatted(
            inFeatures(),
            outFeatures(),
            bias.isPresent() ? "True" : "False",
            layout.bits(),
            layout.grouping().size(),
            layout.grouping().axis());
  }
}
