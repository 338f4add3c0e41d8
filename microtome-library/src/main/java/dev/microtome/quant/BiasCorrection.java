package dev.microtome.quant;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes the mean error that rounding weights makes out of each channel (Nagel et al. 2019): layers
/// run with and without quantization on a few batches, and the mean difference goes into the bias.
/// Each layer gives its plain result on, so errors do not add up from layer to layer.
///
/// ```java
/// BiasCorrection.of(net).run(() -> batches.forEach(net::apply));
/// ```
public final class BiasCorrection {
  private final Layer<?, ?> network;
  private final Map<QuantWeightLayer, Found> found = new HashMap<>();

  /// What a layer's channels were off by, summed over so many calls.
  private static final class Found {
    @Nullable Tensor input;
    @Nullable Tensor sum;
    int calls;
  }

  private BiasCorrection(Layer<?, ?> network) {
    this.network = network;
  }

  public static BiasCorrection of(Layer<?, ?> network) {
    return new BiasCorrection(network);
  }

  /// Runs `body`, which feeds batches to the network, and corrects the biases; layers without one
  /// are given one. When the body fails nothing is changed.
  public void run(Runnable body) {
    var hooks = new ArrayList<Hook>();
    List<QuantWeightLayer> layers = QuantStatus.all(network, QuantWeightLayer.class);
    List<ActQuant> outputs =
        layers.stream()
            .map(QuantWeightLayer::outputQuant)
            .filter(quant -> quant != null && quant.isEnabled())
            .toList();
    try {
      outputs.forEach(quant -> quant.enable(false));
      layers.forEach(layer -> watch(layer, hooks));
      Grad.off(body);
    } finally {
      hooks.forEach(Hook::close);
      outputs.forEach(quant -> quant.enable(true));
    }
    Grad.off(() -> found.forEach(BiasCorrection::correct));
  }

  private void watch(QuantWeightLayer layer, List<Hook> hooks) {
    var state = new Found();
    found.put(layer, state);
    hooks.add(
        layer.onInput((_, input) -> {
          state.input = (Tensor) input;
          return input;
        }));
    hooks.add(
        layer.onOutput((_, output) -> {
          Tensor plain = layer.plain(java.util.Objects.requireNonNull(state.input));
          Tensor error =
              means(layer, plain).sub(means(layer, QuantTensor.valueOf((Tensor) output)));
          state.sum = state.sum == null ? error : state.sum.add(error);
          state.calls++;
          return plain;
        }));
  }

  /// The mean of each channel.
  private static Tensor means(QuantWeightLayer layer, Tensor y) {
    int channel = layer instanceof QuantLinear || layer instanceof QuantConv1D ? y.dim() - 1 : 1;
    return y.transpose(0, channel).reshape(y.size(channel), -1).mean(1);
  }

  private static void correct(QuantWeightLayer layer, Found state) {
    Tensor sum = state.sum;
    if (sum != null) {
      Tensor correction = sum.div(state.calls);
      Tensor bias = layer.bias();
      layer.bias(bias == null ? correction : bias.add(correction));
    }
  }
}
