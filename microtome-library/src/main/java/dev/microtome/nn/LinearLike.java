package dev.microtome.nn;

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

  long inFeatures();

  long outFeatures();
}
