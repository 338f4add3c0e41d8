package dev.microtome.quant;

import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LoadReport;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Makes an existing network ready for quantization-aware training: layers in slots are exchanged
/// for quantized ones that use the same tensors.
///
/// ```java
/// QatReport report = Quantize.qat(net, QatSpec.integers(4).at("conv1", QatSpec.integers(8)));
/// System.out.println(report);                     // what was exchanged; what stayed and why
/// Calibration.of(net).run(() -> batches.forEach(net::apply));
/// ```
///
/// Parameters keep their paths, their ties and their place in optimizers; learned ranges of
/// activations are new ones, so an optimizer that shall train them is made afterwards. A recurrent
/// layer has its gates apart when it is quantized, so its parameters are new ones, too.
public final class Quantize {
  private Quantize() {}

  /// Exchanges what `spec` wants and tells what became of every layer. Nothing is changed when this
  /// fails.
  ///
  /// @throws IllegalArgumentException when a rule of the spec fits no layer, or weights are not
  ///   loaded yet
  public static QatReport qat(Layer<?, ?> network, QatSpec spec) {
    var plan = new QatPlan(network, spec);
    plan.replacements().forEach((path, next) -> exchange(network.slot(path), next));
    plan.merged()
        .forEach((norm, conv) -> {
          MergeBatchNorm.into(
              (QuantWeightLayer) network.layer(conv), (BatchNorm2d) network.layer(norm));
          exchange(network.slot(norm), new Identity<Tensor>());
        });
    return plan.report();
  }

  @SuppressWarnings("unchecked") // a quantized form takes and gives what the plain one does
  private static void exchange(Slot<?, ?> slot, Layer<?, ?> next) {
    ((Slot<Object, Object>) slot).succeed((Layer<Object, Object>) next);
  }

  /// Takes over the state dict of the network as it was before [#qat]. What quantizers have learned
  /// about activations stays.
  ///
  /// @throws dev.microtome.nn.StateDictException when a key is missing or unknown, or a shape does
  ///   not fit; then nothing was changed
  public static LoadReport loadFloat(Layer<?, ?> network, Map<String, ? extends Tensor> state) {
    var all = new LinkedHashMap<String, Tensor>(state);
    Map<String, Tensor> own = network.stateDict();
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (layer instanceof QuantLstm lstm) {
            recurrent(path.isEmpty() ? "" : path + ".", lstm, all);
          }
          if (layer instanceof LiveQuantizer || layer instanceof BiasQuant) {
            own.forEach((key, tensor) -> {
              if (key.startsWith(path + ".")) {
                all.putIfAbsent(key, tensor);
              }
            });
          }
        });
    LoadReport report = network.load(all);
    for (WeightQuant quant : QuantStatus.all(network, WeightQuant.class)) {
      if (quant.range() instanceof AdoptedRange range) {
        range.forget();
      }
    }
    return report;
  }

  /// Puts the gates of a recurrent layer in place of what a plain one has.
  private static void recurrent(String prefix, QuantLstm lstm, Map<String, Tensor> state) {
    Map<String, Tensor> gates = lstm.fromPlain(prefix, state);
    if (!gates.isEmpty()) {
      state.keySet().removeIf(key -> key.matches(Pattern.quote(prefix) + "(weight|bias)_[ih]h_.*"));
      gates.forEach((name, tensor) -> state.put(prefix + name, tensor));
    }
  }
}
