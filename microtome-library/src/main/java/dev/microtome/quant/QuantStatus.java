package dev.microtome.quant;

import dev.microtome.nn.Layer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Switches quantizers of a network off while something runs, and back as they were. Biases on the
/// grid of sums are on only with both activations and weights, which make that grid.
///
/// ```java
/// Tensor plain = QuantStatus.of(net).off().run(() -> net.apply(x));
/// ```
public final class QuantStatus {
  private final Layer<?, ?> network;
  private final boolean activations;
  private final boolean weights;
  private final boolean biases;
  private final boolean quantTensors;

  private QuantStatus(
      Layer<?, ?> network,
      boolean activations,
      boolean weights,
      boolean biases,
      boolean quantTensors) {
    this.network = network;
    this.activations = activations;
    this.weights = weights;
    this.biases = biases;
    this.quantTensors = quantTensors;
  }

  /// Everything on, to begin with.
  public static QuantStatus of(Layer<?, ?> network) {
    return new QuantStatus(network, true, true, true, true);
  }

  public QuantStatus withoutActivations() {
    return new QuantStatus(network, false, weights, biases, false);
  }

  public QuantStatus withoutWeights() {
    return new QuantStatus(network, activations, false, biases, false);
  }

  public QuantStatus withoutBiases() {
    return new QuantStatus(network, activations, weights, false, quantTensors);
  }

  /// Layers return plain tensors.
  public QuantStatus withoutQuantTensors() {
    return new QuantStatus(network, activations, weights, biases, false);
  }

  /// Nothing is quantized.
  public QuantStatus off() {
    return withoutActivations().withoutWeights().withoutBiases();
  }

  /// Runs `body` with these quantizers on.
  public <T extends @Nullable Object> T run(Supplier<T> body) {
    var undo = new ArrayList<Runnable>();
    try {
      network.namedLayers().values().forEach(layer -> switchOff(layer, undo));
      return body.get();
    } finally {
      undo.reversed().forEach(Runnable::run);
    }
  }

  /// Runs `body` with these quantizers on.
  public void run(Runnable body) {
    this.<@Nullable Object>run(() -> {
      body.run();
      return null;
    });
  }

  private void switchOff(Layer<?, ?> layer, List<Runnable> undo) {
    switch (layer) {
      case ActQuant quant when !activations -> off(quant, undo);
      case WeightQuant quant when !weights -> off(quant, undo);
      case BiasQuant quant when !biases || isLost(quant) -> {
        boolean before = quant.isEnabled();
        undo.add(() -> quant.enable(before));
        quant.enable(false);
      }
      case QuantLayer<?> quant when !quantTensors -> {
        boolean before = quant.returnsQuantTensor();
        undo.add(() -> quant.returnQuantTensor(before));
        quant.returnQuantTensor(false);
      }
      default -> {
        // nothing to switch
      }
    }
  }

  /// A grid that is that of the sums is gone when a factor's is.
  private boolean isLost(BiasQuant quant) {
    return quant.quantizer().scaling() instanceof Scaling.OfAccumulator
        && !(activations && weights);
  }

  private static void off(LiveQuantizer quant, List<Runnable> undo) {
    boolean before = quant.isEnabled();
    undo.add(() -> quant.enable(before));
    quant.enable(false);
  }

  /// All layers of a kind, shared ones once.
  static <T> List<T> all(Layer<?, ?> network, Class<T> kind) {
    Set<Object> seen = new HashSet<>(); // by identity: layers define no equals
    return network.namedLayers().values().stream()
        .filter(kind::isInstance)
        .filter(seen::add)
        .map(kind::cast)
        .toList();
  }
}
