package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.Quantized;
import dev.microtome.nn.Layer;

/// A network whose layers have different forms, the smallest that was found within a budget.
///
/// @param quantized the network, and the form of each of its layers
/// @param lossBefore of the network as it was
/// @param loss of this network, measured
/// @param budget how much it was allowed to grow
/// @param measured how many networks were run to find it
public record Mixed<L extends Layer<?, ?>>(
    Quantized<L> quantized, double lossBefore, double loss, double budget, int measured) {
  /// The network.
  public L network() {
    return quantized.network();
  }

  /// One line a layer, then sizes and losses.
  public String report() {
    return quantized.report()
        + String.format(
            java.util.Locale.ROOT,
            "%.1f kB were %.1f kB; loss %.5f, was %.5f (budget +%.5f), %d networks measured%n",
            quantized.bytesAfter() / 1e3,
            quantized.bytesBefore() / 1e3,
            loss,
            lossBefore,
            budget,
            measured);
  }
}
