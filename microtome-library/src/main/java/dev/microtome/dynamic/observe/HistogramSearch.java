package dev.microtome.dynamic.observe;

/// The search of PyTorch's `HistogramObserver`: bins are cut off at either end, always where fewer
/// numbers lie, as long as the error of 256 equal steps over the rest gets smaller. The error takes
/// numbers to lie evenly in a bin: `∫ (x - centre)² density`.
final class HistogramSearch {
  private static final int LEVELS = 256;
  private static final double CUT = 1e-5; // the share of numbers that a move may cut off

  private final float[] counts;
  private final double[] below; // of numbers up to the end of a bin
  private final double width;

  private HistogramSearch(float[] counts, double width) {
    this.counts = counts;
    this.width = width;
    below = new double[counts.length];
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += counts[i];
      below[i] = sum;
    }
  }

  static Range of(float[] counts, float least, float greatest) {
    float width = (greatest - least) / counts.length;
    var search = new HistogramSearch(counts, width);
    int[] ends = search.run();
    return Range.of(least + width * ends[0], least + width * (ends[1] + 1));
  }

  private int[] run() {
    int start = 0;
    int end = counts.length - 1;
    double total = below[end];
    double alpha = 0;
    double beta = 1;
    double smallest = Double.POSITIVE_INFINITY;
    while (alpha < beta) {
      int left = firstAtLeast((alpha + CUT) * total, start, end);
      int right = lastAtMost((beta - CUT) * total, start, end);
      boolean moveStart = left - start > end - right;
      int nextStart = moveStart ? left : start;
      int nextEnd = moveStart ? end : right;
      alpha += moveStart ? CUT : 0;
      beta -= moveStart ? 0 : CUT;
      if (nextStart == start && nextEnd == end) continue;
      double error = error(nextStart, nextEnd);
      if (error > smallest) break;
      smallest = error;
      start = nextStart;
      end = nextEnd;
    }
    return new int[] {start, end};
  }

  private int firstAtLeast(double wanted, int start, int end) {
    int bin = start;
    while (bin < end && below[bin] < wanted) bin++;
    return bin;
  }

  private int lastAtMost(double wanted, int start, int end) {
    int bin = end;
    while (bin > start && below[bin] > wanted) bin--;
    return bin;
  }

  /// What 256 equal steps from bin `start` to bin `end` lose.
  private double error(int start, int end) {
    double step = width * (end - start + 1) / LEVELS;
    if (step == 0) return 0;
    double inner = cubes(-step / 2, step / 2);
    double sum = 0;
    for (int bin = 0; bin < counts.length; bin++) {
      if (counts[bin] == 0) continue;
      double from = (bin - start) * width;
      double to = from + width;
      double first = Math.clamp(Math.floor(from / step), 0, LEVELS - 1);
      double last = Math.clamp(Math.floor(to / step), 0, LEVELS - 1);
      double lost =
          cubes(from - (first + 0.5) * step, step / 2)
              + (last - first - 1) * inner
              + cubes(-step / 2, to - (last + 0.5) * step);
      sum += counts[bin] / width * lost;
    }
    return sum;
  }

  /// `∫ x² dx`.
  private static double cubes(double from, double to) {
    return (to * to * to - from * from * from) / 3;
  }
}
