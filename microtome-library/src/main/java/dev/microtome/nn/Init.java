package dev.microtome.nn;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// PyTorch's initialisers. Each fills its tensor in place and returns it; under the same seed the
/// numbers are PyTorch's, since the random numbers are drawn in the same order and the bounds are
/// computed in the same steps.
public final class Init {
  private Init() {}

  /// Even between `from` and `to`.
  public static Tensor uniform_(Tensor tensor, double from, double to) {
    return Grad.off(() -> tensor.uniform_(from, to));
  }

  public static Tensor normal_(Tensor tensor, double mean, double std) {
    return Grad.off(() -> tensor.normal_(mean, std));
  }

  public static Tensor constant_(Tensor tensor, double value) {
    return Grad.off(() -> tensor.fill_(value));
  }

  public static Tensor zeros_(Tensor tensor) {
    return Grad.off(tensor::zero_);
  }

  public static Tensor ones_(Tensor tensor) {
    return constant_(tensor, 1);
  }

  /// He et al. 2015 with the leaky rectifier's slope `a`: even within `gain √(3 / fan_in)`, gain
  /// `√(2 / (1 + a²))`.
  public static Tensor kaimingUniform_(Tensor tensor, double a) {
    double std = Math.sqrt(2.0 / (1 + a * a)) / Math.sqrt(fanIn(tensor.shape()));
    double bound = Math.sqrt(3.0) * std;
    return uniform_(tensor, -bound, bound);
  }

  /// He et al. 2015 for the rectifier: normal with deviation `√(2 / fan_in)`.
  public static Tensor kaimingNormal_(Tensor tensor) {
    return normal_(tensor, 0, Math.sqrt(2.0) / Math.sqrt(fanIn(tensor.shape())));
  }

  /// Glorot and Bengio 2010: even within `√(6 / (fan_in + fan_out))`.
  public static Tensor xavierUniform_(Tensor tensor) {
    double std = Math.sqrt(2.0 / (fanIn(tensor.shape()) + fanOut(tensor.shape())));
    double bound = Math.sqrt(3.0) * std;
    return uniform_(tensor, -bound, bound);
  }

  /// Glorot and Bengio 2010: normal with deviation `√(2 / (fan_in + fan_out))`.
  public static Tensor xavierNormal_(Tensor tensor) {
    return normal_(tensor, 0, Math.sqrt(2.0 / (fanIn(tensor.shape()) + fanOut(tensor.shape()))));
  }

  /// The bound PyTorch gives the bias beside a weight of this shape: `1 / √fan_in`.
  static double biasBound(Shape weight) {
    double fanIn = fanIn(weight);
    return fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  }

  /// The default of linear and convolution weights.
  static Tensor weight(long... shape) {
    return kaimingUniform_(Tensor.empty(shape), Math.sqrt(5));
  }

  static Tensor uniform(double bound, long... shape) {
    return uniform_(Tensor.empty(shape), -bound, bound);
  }

  // Inputs per output number: a weight is (out, in, kernel…).
  private static double fanIn(Shape weight) {
    needMatrix(weight);
    return (double) weight.get(1) * receptiveField(weight);
  }

  private static double fanOut(Shape weight) {
    needMatrix(weight);
    return (double) weight.get(0) * receptiveField(weight);
  }

  private static long receptiveField(Shape weight) {
    long size = 1;
    for (int i = 2; i < weight.rank(); i++) {
      size *= weight.get(i);
    }
    return size;
  }

  private static void needMatrix(Shape weight) {
    if (weight.rank() < 2) {
      throw new IllegalArgumentException(
          "fan-in and fan-out need a tensor of two dimensions or more, got " + weight);
    }
  }
}
