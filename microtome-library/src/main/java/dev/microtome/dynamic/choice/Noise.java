package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.PackedWeights;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// How much of numbers is left after rounding: sums of squares of the numbers and of what was lost.
public record Noise(double signal, double noise) {
  /// Nothing was compared.
  public static final Noise NONE = new Noise(0, 0);

  /// Of two tensors of one shape.
  public static Noise between(Tensor wanted, Tensor got) {
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor exact = wanted.to(DType.FLOAT64);
          double noise = exact.sub(got.to(DType.FLOAT64)).square().sum().item();
          return new Noise(exact.square().sum().item(), noise);
        }));
  }

  /// Of tensors of the same shapes, in order; those of whole numbers are passed over.
  static Noise between(List<Tensor> wanted, List<Tensor> got) {
    Noise sum = NONE;
    for (int i = 0; i < Math.min(wanted.size(), got.size()); i++) {
      if (wanted.get(i).dtype().isFloatingPoint()) {
        sum = sum.plus(between(wanted.get(i), got.get(i)));
      }
    }
    return sum;
  }

  /// Of the weights of a layer and of the one in its place.
  static Noise ofWeights(Layer<?, ?> before, Layer<?, ?> after) {
    if (before instanceof LinearLike plain && after instanceof LinearLike rounded) {
      return between(plain.weight(), rounded.weight());
    }
    if (!(after instanceof PackedWeights packed)) return NONE;
    Map<String, Tensor> plain = before.stateDict();
    Noise sum = NONE;
    for (var weight : packed.quantizedWeights().entrySet()) {
      Tensor wanted = plain.get(weight.getKey());
      if (wanted != null) {
        sum = sum.plus(between(wanted, Ops.tensor("aten::dequantize", weight.getValue())));
      }
    }
    return sum;
  }

  /// Both together.
  public Noise plus(Noise other) {
    return new Noise(signal + other.signal, noise + other.noise);
  }

  /// Signal over noise (SQNR): 6 dB are a bit. Infinite when nothing was lost, NaN when nothing was
  /// compared.
  public double decibels() {
    return signal == 0 && noise == 0 ? Double.NaN : 10 * Math.log10(signal / noise);
  }
}
