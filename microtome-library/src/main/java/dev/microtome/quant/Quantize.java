package dev.microtome.quant;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvTranspose1d;
import dev.microtome.nn.ConvTranspose2d;
import dev.microtome.nn.Convolution;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sigmoid;
import dev.microtome.nn.Slot;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes an existing network ready for quantization-aware training: layers in slots are exchanged
/// for quantized ones with the same numbers.
///
/// ```java
/// QatReport report = Quantize.qat(net, QatSpec.weightsAndInputs(8).except("head"));
/// System.out.println(report);
/// ```
///
/// Parameters keep their paths, so a checkpoint of the plain network still loads, with
/// `loadMatching`; only the weight of GPT-2's `Conv1D` is turned over.
public final class Quantize {
  private final QatSpec spec;
  private final Set<Tensor> tied = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<String, String> quantized = new LinkedHashMap<>();
  private final Map<String, String> plain = new LinkedHashMap<>();

  private Quantize(QatSpec spec) {
    this.spec = spec;
  }

  /// Exchanges what `spec` wants, and tells what became of every slot.
  public static QatReport qat(Layer<?, ?> network, QatSpec spec) {
    var quantize = new Quantize(spec);
    quantize.findTies(network);
    network.namedSlots().forEach(quantize::exchange);
    return new QatReport(quantize.quantized, quantize.plain);
  }

  /// Tensors that several layers use: exchanging one layer would part them.
  private void findTies(Layer<?, ?> network) {
    Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (String path : network.stateDict().keySet()) {
      Tensor tensor = network.tensor(path);
      if (!seen.add(tensor)) {
        tied.add(tensor);
      }
    }
  }

  @SuppressWarnings("unchecked") // replacements take and give tensors, as what they replace
  private void exchange(String path, Slot<?, ?> slot) {
    Layer<?, ?> layer = slot.get();
    String reason = reason(path, layer);
    Layer<Tensor, Tensor> next = reason == null ? replacement(layer) : null;
    if (next == null) {
      if (layer.namedLayers().size() == 1) {
        plain.put(path, reason == null ? "no quantized form is wanted" : reason);
      }
      return;
    }
    ((Slot<Tensor, Tensor>) slot).set(next);
    quantized.put(path, layer.getClass().getSimpleName() + " → " + next.getClass().getSimpleName());
  }

  /// Why a layer stays as it is; null when nothing speaks against exchanging it.
  private @Nullable String reason(String path, Layer<?, ?> layer) {
    if (layer instanceof QuantLayer || layer instanceof LiveQuantizer) {
      return "quantized already";
    }
    if (!spec.wanted().test(path, layer)) {
      return "excepted";
    }
    boolean shares = layer.namedParameters().values().stream().anyMatch(tied::contains);
    if (shares) {
      return "shares its weight with another layer";
    }
    return layer.isHooked() ? "is being watched by hooks" : null;
  }

  private @Nullable Layer<Tensor, Tensor> replacement(Layer<?, ?> layer) {
    return switch (layer) {
      case Linear linear -> linear(linear.weight(), linear.bias());
      case Conv1D turned -> linear(turned.weight(), turned.bias());
      case Convolution conv -> convolution(conv);
      case ReLU _ -> spec.unsigned() == null ? null : new QuantReLU(act(spec.unsigned()));
      case Sigmoid _ -> spec.unsigned() == null ? null : new QuantSigmoid(act(spec.unsigned()));
      case Tanh _ -> spec.signed() == null ? null : new QuantTanh(act(spec.signed()));
      default -> null;
    };
  }

  private static ActSettings act(Quantizer quantizer) {
    return ActSettings.of(quantizer);
  }

  private QuantLinear linear(Tensor weight, @Nullable Tensor bias) {
    var quant = new QuantLinear(weight.size(1), weight.size(0), bias != null, spec.settings());
    return filled(quant, weight, bias);
  }

  private QuantConvolution convolution(Convolution conv) {
    long in = conv.inChannels();
    long out = conv.outChannels();
    WeightSettings settings = spec.settings();
    QuantConvolution quant =
        switch (conv) {
          case Conv1d _ -> new QuantConv1d(in, out, conv.kernel(), conv.settings(), settings);
          case Conv2d _ -> new QuantConv2d(in, out, conv.kernel(), conv.settings(), settings);
          case ConvTranspose1d _ ->
              new QuantConvTranspose1d(in, out, conv.kernel(), conv.settings(), settings);
          case ConvTranspose2d _ ->
              new QuantConvTranspose2d(in, out, conv.kernel(), conv.settings(), settings);
        };
    return filled(quant, conv.weight(), conv.bias());
  }

  private static <T extends QuantWeightLayer> T filled(
      T layer, Tensor weight, @Nullable Tensor bias) {
    Grad.off(() -> {
      layer.weight().copy_(weight);
      Tensor own = layer.bias();
      if (own != null && bias != null) {
        own.copy_(bias);
      }
    });
    return layer;
  }
}
