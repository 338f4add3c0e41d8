package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A layer whose results may be [QuantTensor]s.
public abstract sealed class QuantLayer<I> extends Layer<I, Tensor>
    permits QuantActivation, QuantWeightLayer, QuantCombination, TruncPool, QuantUpsample {
  /// How errors about missing quantizers begin.
  public static final String MISCONFIGURED = "QuantLayer is not correctly configured";

  private boolean returning;

  QuantLayer(boolean returnQuantTensor) {
    returning = returnQuantTensor;
  }

  /// Lets the layer return QuantTensors from now on, or plain tensors.
  public final void returnQuantTensor(boolean on) {
    returning = on;
  }

  public final boolean returnsQuantTensor() {
    return returning;
  }

  /// Adds the live quantizer of activations for `from` as a child; null for none.
  final @Nullable ActQuant liveChild(String name, @Nullable Quantization from) {
    ActQuant live = Quantization.live(from);
    return live == null ? null : child(name, live);
  }

  /// `x` on the grid of `quant`; as it is where there is none, or it is switched off.
  static Tensor onGrid(@Nullable ActQuant quant, Tensor x) {
    return quant != null && quant.isEnabled() ? quant.apply(x) : x;
  }

  /// A result as the layer shall return it. Where it shall tell its grid but has none, `remedy`
  /// ends the error.
  final Tensor packed(Tensor y, String remedy) {
    if (!returning) {
      return QuantTensor.valueOf(y);
    }
    if (y instanceof QuantTensor) {
      return y;
    }
    throw new IllegalArgumentException(
        MISCONFIGURED
            + ", check if warnings were raised\n%s shall return a QuantTensor".formatted(where())
            + remedy);
  }
}
