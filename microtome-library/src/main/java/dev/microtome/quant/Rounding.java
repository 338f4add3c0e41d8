package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// How a real number becomes a whole one. Gradients pass through unchanged.
public enum Rounding {
  /// To the nearest, ties to the even one.
  HALF_EVEN {
    @Override
    Tensor round_(Tensor x) {
      return x.round_();
    }
  },
  FLOOR {
    @Override
    Tensor round_(Tensor x) {
      return x.floor_();
    }
  },
  CEIL {
    @Override
    Tensor round_(Tensor x) {
      return x.ceil_();
    }
  },
  TOWARD_ZERO {
    @Override
    Tensor round_(Tensor x) {
      return x.trunc_();
    }
  },
  /// To the nearest; ties of negative numbers up, of the others to the even one, as Xilinx' DPU
  /// rounds.
  DPU {
    @Override
    Tensor round_(Tensor x) {
      Tensor tie = x.sub(x.floor()).eq(0.5).logicalAnd(x.lt(0));
      Tensor up = x.ceil();
      return x.copy_(up.where(tie, x.round()));
    }
  },
  /// Up with the probability of the fraction, else down: right on average. Draws from libtorch's
  /// generator.
  STOCHASTIC {
    @Override
    Tensor round_(Tensor x) {
      return x.add_(x.randLike()).floor_();
    }
  };

  /// Rounds in place.
  abstract Tensor round_(Tensor x);

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }
}
