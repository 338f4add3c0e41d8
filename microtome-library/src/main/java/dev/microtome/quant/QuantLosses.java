package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// What is added to a loss so that training prefers smaller integers.
public final class QuantLosses {
  private QuantLosses() {}

  /// The mean of all learned bit widths, of weights weighed by how many numbers they have. Add it
  /// with a small factor.
  ///
  /// @throws IllegalArgumentException when the network learns none
  public static Tensor bitWidth(Layer<?, ?> network) {
    List<LiveQuantizer> learning =
        QuantStatus.all(network, LiveQuantizer.class).stream()
            .filter(quant -> quant.quantizer().bitWidth() instanceof BitWidth.Learned)
            .toList();
    if (learning.isEmpty()) {
      throw new IllegalArgumentException(
          "no quantizer learns its bit width: build one with withLearnedBits()");
    }
    Tensor sum = Tensor.scalar(0f);
    double weights = 0;
    for (LiveQuantizer quant : learning) {
      double weight = quant instanceof WeightQuant of ? of.size() : 1;
      sum = sum.add(quant.bitWidth().mul(weight));
      weights += weight;
    }
    return sum.div(weights);
  }
}
