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
  private final List<String> passedOver = new ArrayList<>();
  private int passed;
  private int failed;

  /// @param tolerance words with `abs A + rel R` in them, else 2e-4 for both
  Comparison(String tolerance) {
    Matcher found = TOLERANCE.matcher(tolerance);
    boolean given = found.find();
    absolute = given ? Double.parseDouble(found.group(1)) : 2e-4;
    relative = given ? Double.parseDouble(found.group(2)) : 2e-4;
  }

  /// A case that can't be tried.
  void passOver(String what, String why) {
    passedOver.add(what + ": " + why);
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

  /// Compares numbers to the last bit, and dtypes unless both are whole.
  void same(String what, Tensor expected, Tensor actual) {
    boolean whole = !expected.dtype().isFloatingPoint() && !actual.dtype().isFloatingPoint();
    if (!whole && expected.dtype() != actual.dtype()) {
      count(what, "expected " + expected.dtype() + " but got " + actual.dtype());
    } else if (!expected.shape().equals(actual.shape())) {
      count(what, "expected shape " + expected.shape() + " but got " + actual.shape());
    } else {
      long apart = expected.eq(actual).logicalNot().sum().itemLong();
      count(
          what,
          apart == 0
              ? ""
              : "%d of %d numbers differ, by %.3g at most"
                  .formatted(
                      apart,
                      expected.numel(),
                      expected.to(DType.FLOAT64).sub(actual.to(DType.FLOAT64)).abs().max().item()));
    }
  }

  /// Compares numbers by the largest difference over the largest number expected.
  void scaled(String what, Tensor expected, Tensor actual, double tolerance) {
    if (!expected.shape().equals(actual.shape())) {
      count(what, "expected shape " + expected.shape() + " but got " + actual.shape());
      return;
    }
    Tensor wanted = expected.detach().to(DType.FLOAT64);
    double apart = actual.detach().to(DType.FLOAT64).sub(wanted).abs().max().item();
    double largest = wanted.abs().max().item();
    count(
        what,
        apart <= tolerance * largest // also when all are zero
            ? ""
            : "differs by %.3g, which is %.3g of the largest number"
                .formatted(apart, apart / largest));
  }

  /// Compares two numbers relative to the first.
  void near(String what, double expected, double actual, double tolerance) {
    boolean near = Math.abs(expected - actual) <= tolerance * Math.abs(expected);
    count(what, near ? "" : "expected " + expected + " but got " + actual);
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
    String over =
        passedOver.isEmpty()
            ? null
            : passedOver.size() + " passed over: " + String.join("; ", passedOver);
    return new FileResult(file, passed, failed, failures, over);
  }
}
