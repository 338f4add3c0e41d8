package dev.microtome.nn;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// What an adapter or a quantizer needs of a linear layer, whatever holds its weight.
public interface LinearLike {
  /// `x Wᵀ + b` over the last dimension.
  Tensor apply(Tensor x);

  /// The weight as (out, in), however it is stored.
  Tensor weight();

  /// The bias (out), or null.
  @Nullable Tensor bias();

  /// `x Wᵀ` over the last dimension, without the bias.
  default Tensor multiply(Tensor x) {
    Tensor weight = weight();
    return x.linear(weight.dtype() == x.dtype() ? weight : weight.to(x.dtype()), null);
  }

  /// The sum of the squares of each row of the weight, (out), in float32 or wider.
  default Tensor rowSquares() {
    return Grad.off(() -> {
      Tensor weight = weight();
      DType wide = weight.dtype() == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
      return Scope.run(() -> weight.detach().to(wide).square().sum(1, false));
    });
  }

  /// A layer of this kind over another weight (out, in), with a copy of the bias: a quantized layer
  /// quantizes it.
  default Layer<Tensor, Tensor> withWeight(Tensor weight) {
    return floatLayer(weight);
  }

  /// The floating-point layer this one stands for, over another weight (out, in), with a copy of
  /// the bias.
  default Layer<Tensor, Tensor> floatLayer(Tensor weight) {
    return Linear.of(weight, bias());
  }

  long inFeatures();

  long outFeatures();
}
