package dev.microtome.models.interpret;

/// Points within 0 and 1, and weights, so that the weighted sum of a function's values at the
/// points is its integral.
///
/// @param points from 0 to 1
/// @param weights which sum to 1
@SuppressWarnings("ArrayRecordComponent") // plain data, compared by nobody
record Quadrature(double[] points, double[] weights) {
  /// The rule that is exact for polynomials up to degree `2n - 1`: the points are the roots of the
  /// `n`-th Legendre polynomial, found by Newton's method.
  static Quadrature gaussLegendre(int n) {
    var points = new double[n];
    var weights = new double[n];
    for (int i = 0; i < n; i++) {
      double x = Math.cos(Math.PI * (i + 0.75) / (n + 0.5));
      double slope = 1;
      for (int round = 0; round < 100; round++) {
        double[] at = legendre(n, x);
        slope = at[1];
        double step = at[0] / slope;
        x -= step;
        if (Math.abs(step) < 1e-15) {
          break;
        }
      }
      points[i] = (1 - x) / 2;
      weights[i] = 1 / ((1 - x * x) * slope * slope);
    }
    return new Quadrature(points, weights);
  }

  // The n-th Legendre polynomial at x and its derivative.
  private static double[] legendre(int n, double x) {
    double before = 0;
    double value = 1;
    for (int k = 1; k <= n; k++) {
      double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
      before = value;
      value = next;
    }
    return new double[] {value, n * (x * value - before) / (x * x - 1)};
  }
}
