package dev.microtome.bench.golden;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What differs between a record and its replay.
final class Differences {
  private static final int SHOWN = 4;

  private final List<String> list = new ArrayList<>();
  private String prefix = "";

  /// Says before each difference where it was found.
  void at(String where) {
    prefix = where;
  }

  void add(String difference) {
    list.add(prefix + difference);
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  void equal(String what, @Nullable Object expected, @Nullable Object actual) {
    if (!java.util.Objects.equals(expected, actual)) {
      add(what + " is " + actual + ", recorded is " + expected);
    }
  }

  void close(String what, Tensor expected, Tensor actual, double relative, double absolute) {
    if (!expected.shape().equals(actual.shape())) {
      add(what + " has shape " + actual.shape() + ", recorded is " + expected.shape());
      return;
    }
    Grad.off(() -> {
      Tensor wanted = expected.detach().to(DType.FLOAT64);
      Tensor got = actual.detach().to(DType.FLOAT64);
      Tensor allowed = wanted.abs().mul(relative).add(absolute);
      Tensor fine = got.sub(wanted).abs().le(allowed).logicalOr(got.eq(wanted));
      Tensor bothNan = got.isNan().logicalAnd(wanted.isNan());
      long beyond = fine.logicalOr(bothNan).logicalNot().sum().itemLong();
      if (beyond > 0) {
        add(
            "%s: %d of %d numbers differ, by %.3g at most"
                .formatted(what, beyond, expected.numel(), got.sub(wanted).abs().max().item()));
      }
    });
  }

  @Override
  public String toString() {
    String shown = String.join("; ", list.subList(0, Math.min(SHOWN, list.size())));
    return list.size() > SHOWN ? shown + "; and " + (list.size() - SHOWN) + " more" : shown;
  }
}
