package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A linear layer whose weights are whole numbers of 8 bits with one scale a row, and whose inputs
/// stay what they are: `y = (x Qᵀ) · s + b`. A quarter of the memory; the product is computed in
/// float32 and a little slower. Gradients flow to the input and the bias.
///
/// Its tensors are plain ones: `weight` (out, in) in int8, `weight_scale` (out) in float32, `bias`.
public final class WeightOnlyLinear extends Layer<Tensor, Tensor> implements LinearLike {
  private final TensorSlot weight;
  private final TensorSlot scale;
  private final TensorSlot bias;

  private WeightOnlyLinear(Tensor numbers, Tensor scales, @Nullable Tensor bias) {
    if (numbers.dtype() != DType.INT8 || numbers.dim() != 2) {
      throw new IllegalArgumentException(
          "the weight is an int8 matrix, not %s %s".formatted(numbers.dtype(), numbers.shape()));
    }
    long out = numbers.size(0);
    if (scales.numel() != out || (bias != null && bias.numel() != out)) {
      throw new IllegalArgumentException(
          "a weight of %d rows has as many scales and biases, got %s and %s"
              .formatted(out, scales.shape(), bias == null ? "none" : bias.shape()));
    }
    weight = fixedBuffer("weight", numbers);
    scale = fixedBuffer("weight_scale", scales);
    this.bias = bias == null ? absentParameter("bias") : parameter("bias", bias);
    eval();
  }

  /// The quantized form of a layer: rows rounded as PyTorch's per-channel observer does.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static WeightOnlyLinear of(LinearLike linear) {
    return Grad.off(() -> {
      Tensor rows =
          WeightGrid.quantize("the weight", linear.weight(), DynamicConfig.QINT8_PER_CHANNEL);
      Tensor scales = Ops.tensor("aten::q_per_channel_scales", rows).to(DType.FLOAT32);
      Tensor bias = linear.bias();
      return new WeightOnlyLinear(
          Ops.tensor("aten::int_repr", rows),
          scales,
          bias == null ? null : bias.detach().to(DType.FLOAT32).copy());
    });
  }

  /// A layer over numbers that are there already.
  static WeightOnlyLinear stored(Tensor numbers, Tensor scales, @Nullable Tensor bias) {
    return new WeightOnlyLinear(numbers, scales, bias);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = multiply(x);
    return bias.isPresent() ? y.add(bias.get()) : y;
  }

  @Override
  public Tensor multiply(Tensor x) {
    if (x.dim() == 0 || x.size(-1) != inFeatures()) {
      throw new IllegalArgumentException(
          "%s takes %d numbers in the last dimension, got %s"
              .formatted(where(), inFeatures(), x.shape()));
    }
    Tensor numbers = Grad.off(() -> weight.get().to(x.dtype()));
    return x.linear(numbers, null).mul(scale.get().to(x.dtype()));
  }

  @Override
  public Tensor weight() {
    return Grad.off(
        () -> Scope.run(() -> weight.get().to(DType.FLOAT32).mul(scale.get().unsqueeze(1))));
  }

  @Override
  public @Nullable Tensor bias() {
    return bias.orNull();
  }

  @Override
  public long inFeatures() {
    return weight.get().size(1);
  }

  @Override
  public long outFeatures() {
    return weight.get().size(0);
  }

  @Override
  protected WeightOnlyLinear twin() {
    return new WeightOnlyLinear(
        Tensor.zeros(weight.get().shape(), DType.INT8),
        Tensor.zeros(scale.get().shape(), DType.FLOAT32),
        bias.isPresent() ? Tensor.zeros(bias.get().shape(), DType.FLOAT32) : null);
  }

  @Override
  protected String describe() {
    return "in_features=%d, out_features=%d, bias=%s, dtype=torch.int8"
        .formatted(inFeatures(), outFeatures(), bias.isPresent() ? "True" : "False");
  }
}
