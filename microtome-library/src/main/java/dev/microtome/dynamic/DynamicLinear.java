package dev.microtome.dynamic;

import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A linear layer with quantized weights whose input is quantized on the fly: PyTorch's
/// `torch.ao.nn.quantized.dynamic.Linear`. It computes without gradients.
///
/// The grid of the input is one for the whole tensor, so results depend a little on what else is in
/// the batch.
public final class DynamicLinear extends DynamicLayer<Tensor, Tensor, PackedProduct>
    implements LinearLike {
  private final boolean reduceRange;

  DynamicLinear(PackedLinear packed, DynamicConfig config, boolean reduceRange) {
    this(new PackedProduct(packed, config), reduceRange);
  }

  private DynamicLinear(PackedProduct packed, boolean reduceRange) {
    super(packed);
    this.reduceRange = reduceRange;
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicLinear of(LinearLike linear, DynamicConfig config, QuantizedEngine engine) {
    var packed = PackedLinear.of("the weight", linear.weight(), linear.bias(), config, engine);
    return new DynamicLinear(packed, config, true);
  }

  @Override
  protected Tensor forward(Tensor x) {
    check(x);
    return x instanceof ShapeOnly
        ? Inputs.shapeOnly(x, packed.matrix().out())
        : packed.matrix().apply(x, reduceRange);
  }

  private void check(Tensor x) {
    Inputs.checkFloat(name(), x);
    if (x.dim() < 2 || x.size(-1) != packed.matrix().in()) {
      throw new IllegalArgumentException(
          ("%s: The dimension of input tensor should be larger than or equal to 2 and its last one"
                  + " in_features %d, got %s")
              .formatted(name(), packed.matrix().in(), x.shape()));
    }
    Inputs.checkFinite(name(), x);
  }

  @Override
  public Tensor weight() {
    return packed.matrix().dequantized();
  }

  /// The weights (out, in) as a quantized tensor; float32 for half-precision ones.
  public Tensor quantizedWeight() {
    return packed.matrix().weight();
  }

  @Override
  public @Nullable Tensor bias() {
    return packed.matrix().bias();
  }

  @Override
  public long inFeatures() {
    return packed.matrix().in();
  }

  @Override
  public long outFeatures() {
    return packed.matrix().out();
  }

  @Override
  protected DynamicLinear twin() {
    return new DynamicLinear(packed, reduceRange);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedLinear";
  }
}
