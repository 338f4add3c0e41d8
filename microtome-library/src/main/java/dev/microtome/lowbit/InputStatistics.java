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

/// How large the inputs of linear layers are in use: errors of weights that meet large inputs count
/// more.
///
/// ```java
/// var inputs = InputStatistics.of(network, rule, () -> network.apply(batch));
/// LowBit.bits(3).applyTo(network, rule, inputs);
/// ```
///
/// @param meanSquares the mean of the squares of each input, (in), by path
public record InputStatistics(Map<String, Tensor> meanSquares) {
  /// No statistics: every weight counts alike.
  public static final InputStatistics NONE = new InputStatistics(Map.of());

  public InputStatistics {
    meanSquares = Collections.unmodifiableMap(new LinkedHashMap<>(meanSquares));
  }

  /// Watches the layers the rule takes while `runs` runs the network, without gradients.
  ///
  /// @throws IllegalArgumentException when a layer was not reached
  public static InputStatistics of(Layer<?, ?> network, Predicate<String> rule, Runnable runs) {
    var sums = new LinkedHashMap<String, Sum>();
    var hooks = new ArrayList<Hook>();
    try {
      LinearPlaces.of(network, rule)
          .forEach((path, slot) -> {
            var sum = new Sum();
            sums.put(path, sum);
            hooks.add(slot.get().onInput((_, value) -> sum.add((Tensor) value)));
          });
      Grad.off(runs);
    } finally {
      hooks.forEach(Hook::remove);
    }
    var means = new LinkedHashMap<String, Tensor>();
    sums.forEach((path, sum) -> means.put(path, sum.mean(path)));
    return new InputStatistics(means);
  }

  private static final class Sum {
    private Tensor squares = Tensor.scalar(0.0);
    private long rows;

    Tensor add(Tensor x) {
      Tensor before = squares;
      squares =
          Scope.run(() ->
                  before.add(
                      x.to(DType.FLOAT64).reshape(-1, x.size(x.dim() - 1)).square().sum(0, false)))
              .save();
      rows += x.numel() / x.size(x.dim() - 1);
      return x;
    }

    Tensor mean(String path) {
      if (rows == 0) {
        throw new IllegalArgumentException("the calibration did not reach " + path);
      }
      return squares.div(rows).to(DType.FLOAT32).save();
    }
  }
}
