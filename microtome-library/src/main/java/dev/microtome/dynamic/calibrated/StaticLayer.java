package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.Inputs;
import dev.microtome.dynamic.Outcome;
import dev.microtome.dynamic.PackedWeights;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A layer that computes with whole numbers: what comes in is put on its grid, unless it lies on
/// one already; what goes out lies on another and is handed on so, or as plain numbers.
///
/// It computes without gradients, and its weights never change: copies share them.
public abstract sealed class StaticLayer extends Layer<Tensor, Tensor> implements PackedWeights
    permits StaticLinear, StaticConvolution {
  final StaticGrids grids;
  private final double inScale; // read once: a grid's numbers are tensors
  private final long inZero;
  final double outScale;
  final long outZero;

  StaticLayer(StaticGrids grids) {
    this.grids = grids;
    inScale = grids.in().wholeScale();
    inZero = grids.in().wholeZero();
    outScale = grids.out().wholeScale();
    outZero = grids.out().wholeZero();
    eval();
  }

  /// `y = W · x + b` of quantized tensors, with ReLU where that is fused.
  abstract Tensor compute(Tensor whole);

  /// Refuses shapes the kernel would misread.
  abstract void check(Tensor x);

  /// The shape of the output.
  abstract Shape outShape(Tensor x);

  /// This layer, handing on whole numbers or not.
  abstract StaticLayer handingOn(boolean whole);

  /// The quantized weight.
  public abstract Tensor quantizedWeight();

  /// The bias, or null.
  public abstract @Nullable Tensor bias();

  @Override
  protected final Tensor forward(Tensor x) {
    check(x);
    if (x instanceof ShapeOnly) return ShapeOnly.of(outShape(x), x.dtype());
    Tensor y = compute(x instanceof GridTensor grid ? grid.whole() : onGrid(x));
    return grids.handsOn() ? GridTensor.of(y) : Ops.tensor("aten::dequantize", y);
  }

  private Tensor onGrid(Tensor x) {
    Inputs.checkFloat(where(), x);
    Inputs.checkFinite(where(), x);
    return Ops.tensor("aten::quantize_per_tensor", x, inScale, inZero, grids.in().type().dtype());
  }

  /// The grids of the layer.
  public final StaticGrids grids() {
    return grids;
  }

  @Override
  public final Map<String, Tensor> quantizedWeights() {
    return Map.of("weight", quantizedWeight());
  }

  /// What a printed layer says of its output, in PyTorch's words.
  final String grid() {
    return "scale=%s, zero_point=%d".formatted((float) outScale, outZero);
  }

  @Override
  protected final String name() {
    return "Quantized" + kind() + (grids.relu() ? "ReLU" : "");
  }

  abstract String kind();

  /// The report's line about this layer in place of `before`.
  final Outcome outcome(String path, Layer<?, ?> before, String how) {
    return Outcome.put(path, before, how, this);
  }
}
