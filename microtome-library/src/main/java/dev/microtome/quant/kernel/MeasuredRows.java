package dev.microtome.quant.kernel;

import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;

/// Puts rows on grids that are measured on them, `scale = max(max |row|, least) / threshold`, and
/// brings gradients back through both. Clipping stops no gradient.
///
/// The gradient of a largest number goes to the first of a row that is as large; with one row, the
/// whole tensor, all that are as large share it: so do libtorch's two maxima.
///
/// @param rows equal parts in memory
/// @param shared whether equal largest numbers share their gradient
public record MeasuredRows(
    long rows, boolean shared, float threshold, float least, float lo, float hi) {

  /// Whether rounding to these integers is exact here.
  public static boolean suit(double lo, double hi) {
    return hi - lo <= Math.scalb(1.0, GridLoops.MOST_BITS);
  }

  /// `w` on its grids into `y`, a scale for each row into `scales`.
  ///
  /// @return whether all of w was finite; if not, y is of no use
  public boolean forward(Tensor w, Tensor y, Tensor scales) {
    try (var arena = Arena.ofConfined()) {
      var from = new FloatMemory(w, arena);
      var to = new FloatMemory(y, arena);
      var found = new FloatMemory(scales, arena);
      for (long i = 0; i < rows; i++) {
        FloatMemory row = from.row(i, rows);
        float most = Peaks.largest(row);
        if (!Float.isFinite(most)) {
          return false;
        }
        found.set(i, Math.max(most, least) / threshold);
        grid(found.get(i)).forward(row, to.row(i, rows));
      }
      return true;
    }
  }

  private GridLoops grid(float scale) {
    return new GridLoops(scale, 0, lo, hi, false);
  }

  /// Adds what comes back through the scales to `dx`, which holds the gradient `dy` of the numbers
  /// on the grid already.
  public void backward(Tensor w, Tensor scales, Tensor dy, Tensor dx) {
    try (var arena = Arena.ofConfined()) {
      var from = new FloatMemory(w, arena);
      var found = new FloatMemory(scales, arena);
      var arriving = new FloatMemory(dy, arena);
      var to = new FloatMemory(dx, arena);
      for (long i = 0; i < rows; i++) {
        FloatMemory row = from.row(i, rows);
        double ofScale =
            grid(found.get(i)).scaleGradientStraightThrough(row, arriving.row(i, rows));
        spread(row, to.row(i, rows), (float) ofScale / threshold);
      }
    }
  }

  /// Adds the gradient of w that belongs to one of the scales to `dx`.
  public void backwardOfScale(Tensor w, Tensor dscale, Tensor dx) {
    try (var arena = Arena.ofConfined()) {
      var from = new FloatMemory(w, arena);
      var arriving = new FloatMemory(dscale, arena);
      var to = new FloatMemory(dx, arena);
      for (long i = 0; i < rows; i++) {
        spread(from.row(i, rows), to.row(i, rows), arriving.get(i) / threshold);
      }
    }
  }

  /// Gives the gradient of the largest |x| to where it stands.
  private void spread(FloatMemory x, FloatMemory dx, float gradient) {
    Peaks peaks = Peaks.of(x);
    int places = shared ? peaks.count() : 1;
    for (int i = 0; i < places; i++) {
      long place = peaks.place(i);
      dx.set(place, dx.get(place) + Math.signum(x.get(place)) * (gradient / places));
    }
  }
}
