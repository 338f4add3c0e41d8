package dev.microtome.bench.golden;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Counts what agrees with a golden, and says by how much the rest differs.
final class Comparison {
  private static final int SHOWN = 12;
  private static final Pattern TOLERANCE = Pattern.compile("abs ([0-9.e-]+) \\+ rel ([0-9.e-]+)");

  private final double absolute;
  private final double relative;
  private final List<String> failures = new ArrayList<>();
  private int passed;
  private int failed;

  /// @param tolerance words with `abs A + rel R` in them, else 2e-4 for both
  Comparison(String tolerance) {
    Matcher found = TOLERANCE.matcher(tolerance);
    boolean given = found.find();
    absolute = given ? Double.parseDouble(found.group(1)) : 2e-4;
    relative = given ? Double.parseDouble(found.group(2)) : 2e-4;
  }

  void equal(String what, Object expected, Object actual) {
    count(what, expected.equals(actual) ? "" : "expected " + expected + "\n    but got " + actual);
  }

  void close(String what, Tensor expected, Tensor actual) {
    close(what, expected, actual, 1);
  }

  /// Compares numbers, with the tolerance widened by `factor`.
  void close(String what, Tensor expected, Tensor actual, double factor) {
    count(what, Grad.off(() -> difference(expected, actual, factor)));
  }

  void close(String what, double expected, double actual) {
    close(what, Tensor.of(expected), Tensor.of(actual));
  }

  private String difference(Tensor expected, Tensor actual, double factor) {
    if (!expected.shape().equals(actual.shape())) {
      return "expected shape " + expected.shape() + " but got " + actual.shape();
    }
    Tensor wanted = expected.detach().to(DType.FLOAT64);
    Tensor apart = actual.detach().to(DType.FLOAT64).sub(wanted).abs();
    Tensor allowed = wanted.abs().mul(relative * factor).add(absolute * factor);
    long beyond = apart.le(allowed).logicalNot().sum().itemLong(); // a NaN is beyond
    return beyond == 0
        ? ""
        : "%d of %d numbers differ, by %.3g at most (allowed are %.3g + %.3g of each)"
            .formatted(
                beyond, expected.numel(), apart.max().item(), absolute * factor, relative * factor);
  }

  /// Runs checks that count themselves; an exception in them counts as one failure.
  void attempt(String what, Runnable checks) {
    try {
      checks.run();
    } catch (RuntimeException e) {
      count(what, "threw " + e);
    }
  }

  private void count(String what, String difference) {
    if (difference.isEmpty()) {
      passed++;
    } else if (failed++ < SHOWN) {
      failures.add(what + ": " + difference);
    }
  }

  FileResult result(String file) {
    return new FileResult(file, passed, failed, failures, null);
  }
}
