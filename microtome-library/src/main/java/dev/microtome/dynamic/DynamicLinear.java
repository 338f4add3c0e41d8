package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.ParameterValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A linear layer with quantized weights whose input is quantized on the fly: PyTorch's
/// `torch.ao.nn.quantized.dynamic.Linear`. It computes without gradients.
///
/// The grid of the input is one for the whole tensor, so results depend a little on what else is in
/// the batch.
public final class DynamicLinear extends Layer<Tensor, Tensor> implements LinearLike, DynamicLayer {
  private final PackedLinear packed;
  private final DynamicConfig config;
  private final boolean reduceRange;

  DynamicLinear(PackedLinear packed, DynamicConfig config, boolean reduceRange) {
    this.packed = packed;
    this.config = config;
    this.reduceRange = reduceRange;
    eval();
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
        ? Inputs.shapeOnly(x, packed.out())
        : packed.apply(x, reduceRange);
  }

  private void check(Tensor x) {
    Inputs.checkFloat(name(), x);
    if (x.dim() < 2 || x.size(-1) != packed.in()) {
      throw new IllegalArgumentException(
          ("%s: The dimension of input tensor should be larger than or equal to 2 and its last one"
                  + " in_features %d, got %s")
              .formatted(name(), packed.in(), x.shape()));
    }
    Inputs.checkFinite(name(), x);
  }

  @Override
  public Tensor weight() {
    return packed.dequantized();
  }

  /// The weights (out, in) as a quantized tensor; float32 for half-precision ones.
  public Tensor quantizedWeight() {
    return packed.weight();
  }

  @Override
  public @Nullable Tensor bias() {
    return packed.bias();
  }

  @Override
  public long inFeatures() {
    return packed.in();
  }

  @Override
  public long outFeatures() {
    return packed.out();
  }

  @Override
  public Map<String, Object> pickledState() {
    var state = new LinkedHashMap<String, Object>();
    state.put("scale", Tensor.full(new Shape(), 1.0, DType.FLOAT32));
    state.put("zero_point", Tensor.zeros(new Shape(), DType.INT64));
    state.put("_packed_params.dtype", config.dtype());
    Tensor bias = packed.bias();
    state.put(
        "_packed_params._packed_params",
        TupleValue.of(packed.weight(), bias == null ? null : new ParameterValue(bias)));
    return state;
  }

  @Override
  public Map<String, Long> versions() {
    var versions = new LinkedHashMap<String, Long>();
    versions.put("", 4L);
    versions.put("_packed_params", 3L);
    return versions;
  }

  @Override
  public long bytes() {
    return StoredBytes.of(packed);
  }

  @Override
  protected DynamicLinear twin() {
    return new DynamicLinear(packed, config, reduceRange); // packed weights never change
  }

  @Override
  protected String name() {
    return "DynamicQuantizedLinear";
  }

  @Override
  protected String describe() {
    String grid =
        config.dtype() == DType.FLOAT16
            ? ""
            : ", qscheme=torch.per_" + (config.perChannel() ? "channel" : "tensor") + "_affine";
    return "in_features=%d, out_features=%d, dtype=%s%s"
        .formatted(packed.in(), packed.out(), config.dtype(), grid);
  }
}
