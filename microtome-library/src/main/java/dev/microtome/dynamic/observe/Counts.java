package dev.microtome.dynamic.observe;

import dev.microtome.tensor.Tensor;

/// How often numbers of each size were seen, in bins whose width is a power of two. When larger
/// numbers come the bins are joined in pairs, so counts of all tensors together are exact, whatever
/// their order.
final class Counts {
  private static final int BINS = 8192;
  private static final int HALF = BINS / 2;
  private static final int FINEST = -100;

  private double[] counts = new double[BINS];
  private int exponent = FINEST; // bins are 2^exponent wide
  private double total;

  void add(Tensor x) {
    double most = Math.max(Math.abs(x.min().item()), Math.abs(x.max().item()));
    while (most >= HALF * width()) join();
    double edge = HALF * width();
    float[] more = x.reshape(-1).histc(BINS, -edge, edge).toFloats();
    for (int i = 0; i < BINS; i++) {
      counts[i] += more[i];
    }
    total += x.numel();
  }

  private void join() {
    var joined = new double[BINS];
    for (int i = 0; i < BINS; i++) {
      joined[HALF + Math.floorDiv(i - HALF, 2)] += counts[i];
    }
    counts = joined;
    exponent++;
  }

  private double width() {
    return Math.scalb(1.0, exponent);
  }

  /// Bins there are.
  int size() {
    return BINS;
  }

  double count(int bin) {
    return counts[bin];
  }

  /// The number in the middle of a bin.
  double middle(int bin) {
    return (bin - HALF + 0.5) * width();
  }

  /// The number below which a share of all lie, to the width of a bin.
  double quantile(double share) {
    double wanted = share * total;
    double below = 0;
    for (int i = 0; i < BINS; i++) {
      if (counts[i] > 0 && below + counts[i] >= wanted) {
        double part = Math.clamp((wanted - below) / counts[i], 0.0, 1.0);
        return (i - HALF + part) * width();
      }
      below += counts[i];
    }
    return HALF * width();
  }
}
