package dev.microtome.dynamic.calibrated;

import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A linear layer in whole numbers, perhaps with its ReLU: PyTorch's
/// `torch.ao.nn.quantized.Linear`.
public final class StaticLinear extends StaticLayer implements LinearLike {
  private final NativeObject packed;
  private final @Nullable Tensor bias;
  private final long in;
  private final long out;

  private StaticLinear(
      NativeObject packed, @Nullable Tensor bias, long in, long out, StaticGrids grids) {
    super(grids);
    this.packed = packed;
    this.bias = bias;
    this.in = in;
    this.out = out;
  }

  static StaticLinear of(
      Tensor weight, @Nullable Tensor bias, StaticGrids grids, QuantizedEngine engine) {
    NativeObject packed =
        engine.run(() -> Kernels.object(Ops.call("quantized::linear_prepack", weight, bias)));
    return new StaticLinear(packed, bias, weight.size(1), weight.size(0), grids);
  }

  @Override
  Tensor compute(Tensor whole) {
    String kernel = grids.relu() ? "quantized::linear_relu" : "quantized::linear";
    return Ops.tensor(kernel, whole, packed, outScale, outZero);
  }

  @Override
  void check(Tensor x) {
    if (x.dim() < 2 || x.size(-1) != in) {
      throw new IllegalArgumentException(
          "%s takes (…, %d) with a batch, got %s".formatted(where(), in, x.shape()));
    }
  }

  @Override
  Shape outShape(Tensor x) {
    long[] shape = x.shape().dims();
    shape[shape.length - 1] = out;
    return new Shape(shape);
  }

  @Override
  StaticLinear handingOn(boolean whole) {
    return new StaticLinear(packed, bias, in, out, grids.handingOn(whole));
  }

  @Override
  public Tensor quantizedWeight() {
    return Kernels.first(Ops.call("quantized::linear_unpack", packed));
  }

  @Override
  public Tensor weight() {
    return Ops.tensor("aten::dequantize", quantizedWeight());
  }

  @Override
  public @Nullable Tensor bias() {
    return bias;
  }

  @Override
  public long inFeatures() {
    return in;
  }

  @Override
  public long outFeatures() {
    return out;
  }

  @Override
  public long storedBytes() {
    return Kernels.storedBytes(quantizedWeight(), bias);
  }

  @Override
  protected StaticLinear twin() {
    return new StaticLinear(packed, bias, in, out, grids);
  }

  @Override
  String kind() {
    return "Linear";
  }

  @Override
  protected String describe() {
    return "in_features=%d, out_features=%d, %s, qscheme=%s"
        .formatted(in, out, grid(), Kernels.scheme(quantizedWeight()));
  }
}
