package dev.microtome.dynamic.observe;

import dev.microtome.tensor.Tensor;

/// PyTorch's `HistogramObserver`: a histogram of all numbers, and the part of its range that loses
/// least when it is given a grid.
///
/// The bins are spread over the range of the first tensor. When a later one reaches beyond, the
/// range grows to a multiple of a fine step and the old counts are spread evenly over the new bins,
/// as PyTorch does.
///
/// PyTorch 1 rounded the ends of a histogram to whole numbers, towards zero, and lost what lay
/// beyond: a range of ±0.4 had no bins worth the name. That is [Ends#WHOLE], for equal numbers; by
/// default ends are where the numbers end, as in PyTorch 2.
public final class HistogramObserver extends Observer {
  private static final int BINS = 2048;
  private static final int FINE = 128; // steps of a bin that ranges are aligned to

  /// Where a histogram ends.
  public enum Ends {
    EXACT,
    WHOLE
  }

  private final Ends ends;
  private float[] counts = new float[BINS];
  private float least;
  private float greatest;

  public HistogramObserver(GridType type) {
    this(type, Ends.EXACT);
  }

  public HistogramObserver(GridType type, Ends ends) {
    super(type, -1);
    this.ends = ends;
  }

  @Override
  protected void see(Tensor x) {
    float low = (float) x.min().item();
    float high = (float) x.max().item();
    if (seen() == 0 || least == greatest) {
      least = low;
      greatest = high;
      counts = histogram(x, low, high);
      return;
    }
    merge(x, Math.min(low, least), Math.max(high, greatest));
  }

  private float[] histogram(Tensor x, float low, float high) {
    Tensor numbers = x.reshape(-1);
    return (ends == Ends.WHOLE
            ? numbers.histc(BINS, (int) low, (int) high)
            : numbers.histc(BINS, low, high))
        .toFloats();
  }

  private void merge(Tensor x, float low, float wanted) {
    float step = (greatest - least) / (BINS * FINE);
    double stepsPerBin = Math.ceil((wanted - low) / (BINS * step));
    float high = (float) (wanted + (stepsPerBin * (BINS * step) - (wanted - low)));
    if (!(stepsPerBin < 1e12) || !Float.isFinite(high)) {
      collapse(x, low, wanted);
      return;
    }
    float[] merged = histogram(x, low, high);
    boolean same = low == least && high == greatest;
    double start = Math.rint((least - low) / step);
    double[] sums = sums();
    for (int bin = 0; bin < BINS; bin++) {
      double from = bin * stepsPerBin - start;
      double spread = below(sums, from + stepsPerBin) - below(sums, from);
      merged[bin] += same ? counts[bin] : (float) spread;
    }
    counts = merged;
    least = low;
    greatest = high;
  }

  /// How many of the old numbers lie below the end of each bin; one more, 0, comes first.
  private double[] sums() {
    var sums = new double[BINS + 1];
    for (int bin = 0; bin < BINS; bin++) {
      sums[bin + 1] = sums[bin] + counts[bin];
    }
    return sums;
  }

  /// How many lie below a place, in fine steps from the old least.
  private double below(double[] sums, double place) {
    double bins = Math.clamp(place / FINE, 0.0, BINS);
    int whole = Math.min((int) bins, BINS - 1);
    return sums[whole] + (bins - whole) * counts[whole];
  }

  /// The old range is a point beside the new one: its numbers go into one bin.
  private void collapse(Tensor x, float low, float high) {
    float[] merged = histogram(x, low, high);
    double all = sums()[BINS];
    int bin = (int) Math.clamp(((double) least - low) / ((double) high - low) * BINS, 0, BINS - 1);
    merged[bin] += (float) all;
    counts = merged;
    least = low;
    greatest = high;
  }

  @Override
  protected Range range() {
    return HistogramSearch.of(counts, least, greatest);
  }
}
