package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds the ranges of activations from a few batches, without training.
///
/// ```java
/// Calibration.of(net).run(() -> batches.forEach(net::apply));
/// ```
///
/// While the body runs nothing is quantized: the network computes in floating point and activation
/// quantizers only look, all batches weighing the same. Afterwards their averages are the learned
/// ranges, in training and evaluation. When the body fails everything is as before, but for what
/// was seen.
public final class Calibration {
  private final Layer<?, ?> network;

  private Calibration(Layer<?, ?> network) {
    this.network = network;
  }

  public static Calibration of(Layer<?, ?> network) {
    return new Calibration(network);
  }

  /// Runs `body`, which feeds batches to the network, and takes over what was seen.
  public void run(Runnable body) {
    List<ActQuant> looking =
        QuantStatus.all(network, ActQuant.class).stream().filter(ActQuant::isEnabled).toList();
    Map<ActQuant, Boolean> modes = new HashMap<>();
    looking.forEach(quant -> modes.put(quant, quant.isTraining()));
    QuantStatus.of(network)
        .withoutWeights()
        .withoutBiases()
        .withoutQuantTensors()
        .run(() -> {
          try {
            looking.forEach(quant -> {
              quant.train(true);
              quant.observe(true);
            });
            Grad.off(body);
          } finally {
            looking.forEach(quant -> {
              quant.observe(false);
              quant.train(modes.getOrDefault(quant, true));
            });
          }
          looking.forEach(ActQuant::finishCollection);
        });
  }
}
