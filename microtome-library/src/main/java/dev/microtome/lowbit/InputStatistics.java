package dev.microtome.lowbit;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// How large the inputs of linear layers are in use: errors of weights that meet large inputs count
/// more.
///
/// ```java
/// var inputs = InputStatistics.of(network, rule, () -> network.apply(batch));
/// LowBit.bits(3).applyTo(network, rule, inputs);
/// ```
///
/// @param meanSquares the mean of the squares of each input, (in), by path
/// @param products the mean of the products of each pair of inputs, (in, in), by path; empty where
///   nobody asked for them
public record InputStatistics(Map<String, Tensor> meanSquares, Map<String, Tensor> products) {
  /// No statistics: every weight counts alike.
  public static final InputStatistics NONE = new InputStatistics(Map.of());

  public InputStatistics {
    meanSquares = Collections.unmodifiableMap(new LinkedHashMap<>(meanSquares));
    products = Collections.unmodifiableMap(new LinkedHashMap<>(products));
  }

  /// Without products.
  public InputStatistics(Map<String, Tensor> meanSquares) {
    this(meanSquares, Map.of());
  }

  /// The most that is known of a layer's inputs: products, else squares; null when there is
  /// nothing.
  @Nullable Tensor of(String path) {
    Tensor both = products.get(path);
    return both != null ? both : meanSquares.get(path);
  }

  /// Watches the layers the rule takes while `runs` runs the network, without gradients.
  ///
  /// @throws IllegalArgumentException when a layer was not reached
  public static InputStatistics of(Layer<?, ?> network, Predicate<String> rule, Runnable runs) {
    return watched(network, rule, runs, false);
  }

  /// The same with the products of all pairs of inputs, which [ErrorCompensation] needs: `8 in²`
  /// bytes for each layer.
  ///
  /// @throws IllegalArgumentException when a layer was not reached
  public static InputStatistics withProducts(
      Layer<?, ?> network, Predicate<String> rule, Runnable runs) {
    return watched(network, rule, runs, true);
  }

  private static InputStatistics watched(
      Layer<?, ?> network, Predicate<String> rule, Runnable runs, boolean pairs) {
    var sums = new LinkedHashMap<String, Sum>();
    var hooks = new ArrayList<Hook>();
    try {
      LinearPlaces.of(network, rule)
          .forEach((path, slot) -> {
            var sum = new Sum(pairs);
            sums.put(path, sum);
            hooks.add(slot.get().onInput((_, value) -> sum.add((Tensor) value)));
          });
      Grad.off(runs);
    } finally {
      hooks.forEach(Hook::remove);
    }
    var means = new LinkedHashMap<String, Tensor>();
    var products = new LinkedHashMap<String, Tensor>();
    sums.forEach((path, sum) -> {
      Tensor mean = sum.mean(path);
      means.put(path, (pairs ? mean.diagonal(0, 0, 1) : mean).to(DType.FLOAT32).copy().save());
      if (pairs) {
        products.put(path, mean);
      }
    });
    return new InputStatistics(means, products);
  }

  /// Sums of squares, or of products of pairs, in float64.
  private static final class Sum {
    private final boolean pairs;
    private Tensor sum = Tensor.scalar(0.0);
    private long rows;

    Sum(boolean pairs) {
      this.pairs = pairs;
    }

    Tensor add(Tensor x) {
      Tensor before = sum;
      sum =
          Scope.run(
                  () -> {
                    Tensor wide = x.to(DType.FLOAT64).reshape(-1, x.size(x.dim() - 1));
                    return before.add(pairs ? wide.t().mm(wide) : wide.square().sum(0, false));
                  })
              .save();
      rows += x.numel() / x.size(x.dim() - 1);
      return x;
    }

    Tensor mean(String path) {
      if (rows == 0) {
        throw new IllegalArgumentException("the calibration did not reach " + path);
      }
      return sum.div(rows).save();
    }
  }
}
