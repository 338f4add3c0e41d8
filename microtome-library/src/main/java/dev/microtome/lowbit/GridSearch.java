package dev.microtome.lowbit;

import org.jspecify.annotations.Nullable;

/// The best grid for one group, by alternating codes and grid from several starts.
final class GridSearch {
  /// Shares of the range from the smallest to the largest weight that a first grid covers.
  private static final float[] COARSE = {1f, .9f, .8f, .7f, .6f, .5f, .42f, .35f, .28f, .2f};

  private static final float[] FINE = {1f, .98f, .96f, .93f, .9f, .86f, .8f};

  private static final double SMALLEST_ERROR = 1e-12;

  private final LeastSquares settings;
  private final int highest;
  private float scale;
  private float offset;
  private float bestScale;
  private float bestOffset;
  private double least = Double.POSITIVE_INFINITY;

  GridSearch(LeastSquares settings, BitWidth bits) {
    this.settings = settings;
    highest = bits.highest();
  }

  /// Fits group number `group` of `weights` and notes the result in `block`.
  void fit(float[] weights, float @Nullable [] importance, int group, GridBlock block) {
    int from = group * block.size();
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (int i = from; i < from + block.size(); i++) {
      low = Math.min(low, weights[i]);
      high = Math.max(high, weights[i]);
    }
    if (low == high) { // code 0 with zero -1 stands for the scale
      block.set(group, weights, from, low == 0 ? 1 : low, low, highest);
      return;
    }
    bestScale = (high - low) / highest;
    bestOffset = low;
    for (float share : highest > 15 ? FINE : COARSE) {
      float middle = (low + high) / 2;
      scale = share * (high - low) / highest;
      offset = middle - scale * highest / 2;
      if (scale > Float.MIN_NORMAL) {
        improve(weights, importance, from, block.size());
      }
    }
    block.set(group, weights, from, bestScale, bestOffset, highest);
  }

  /// Alternates until the error no longer falls.
  private void improve(float[] weights, float @Nullable [] importance, int from, int size) {
    double before = Double.POSITIVE_INFINITY;
    for (int round = 0; round <= settings.rounds(); round++) {
      float usedScale = scale;
      float usedOffset = offset;
      double error = round(weights, importance, from, size);
      if (error < least) {
        least = error;
        bestScale = usedScale;
        bestOffset = usedOffset;
      }
      if (!(error < before * (1 - 1e-6)) || !(scale > Float.MIN_NORMAL)) {
        return;
      }
      before = error;
    }
  }

  /// Codes for the grid, its error, then the best grid for the codes.
  private double round(float[] weights, float @Nullable [] importance, int from, int size) {
    float inverse = 1 / scale;
    double p = settings.p();
    double error = 0;
    double h = 0;
    double hq = 0;
    double hqq = 0;
    double hw = 0;
    double hqw = 0;
    for (int i = from; i < from + size; i++) {
      float w = weights[i];
      float t = Math.max(0f, Math.min(highest, (w - offset) * inverse));
      float q = (int) (t + 0.5f);
      float e = w - (q * scale + offset);
      double count = importance == null ? 1 : importance[i];
      if (p == 2) {
        error += count * e * e;
      } else {
        double distance = Math.max(Math.abs(e), SMALLEST_ERROR);
        double power = Math.pow(distance, p - 2);
        error += count * power * distance * distance;
        count *= power;
      }
      h += count;
      hq += count * q;
      hqq += count * q * q;
      hw += count * w;
      hqw += count * q * w;
    }
    double spread = h * hqq - hq * hq;
    if (spread > 1e-9 * h * hqq) { // at least two codes are used
      double slope = (h * hqw - hq * hw) / spread;
      scale = (float) slope;
      offset = (float) ((hw - slope * hq) / h);
    }
    return error;
  }
}
