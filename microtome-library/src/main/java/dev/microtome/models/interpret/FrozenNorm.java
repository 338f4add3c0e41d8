package dev.microtome.models.interpret;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;

/// A norm with the scale it has for one input: then it is linear, and what it makes of a sum is the
/// sum of what it makes of the parts. Found from the norm's own answers, so that it fits layer
/// norms and root-mean-square norms of any class.
///
/// @param factors by which each dimension is multiplied, (width)
/// @param centers whether the mean is taken off first
/// @param shift what is added in the end, (width)
record FrozenNorm(Tensor factors, boolean centers, Tensor shift) {
  private static final double TOLERANCE = 1e-3;

  /// The norm in `slot` as it acts on `x`, (width).
  static FrozenNorm of(Slot<Tensor, Tensor> slot, Tensor x) {
    return Grad.off(() -> {
      Layer<Tensor, Tensor> norm = slot.get();
      Tensor weight = norm.namedParameters().get("weight");
      Tensor gains = weight == null ? x.onesLike() : weight;
      Tensor shift = norm.apply(x.zerosLike().unsqueeze(0)).squeeze(0);
      Tensor scaled = norm.apply(x.unsqueeze(0)).squeeze(0).sub(shift);
      for (boolean centers : new boolean[] {true, false}) {
        Tensor plain = (centers ? x.sub(x.mean()) : x).mul(gains);
        double scale = scaled.mul(plain).sum().item() / plain.square().sum().item();
        double missed = scaled.sub(plain.mul(scale)).norm().item();
        if (missed <= TOLERANCE * scaled.norm().item()) {
          return new FrozenNorm(gains.mul(scale), centers, shift);
        }
      }
      throw new IllegalArgumentException(
          "the final norm, %s, does more than centre, scale and weight: its shares can't be told apart"
              .formatted(norm));
    });
  }

  /// The direction in front of the norm that becomes `ahead` behind it.
  Tensor direction(Tensor ahead) {
    Tensor weighted = ahead.mul(factors);
    return centers ? weighted.sub(weighted.mean()) : weighted;
  }
}
