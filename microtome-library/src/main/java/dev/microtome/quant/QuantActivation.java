package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// An activation function with a quantizer after it, and perhaps one before. The function sees the
/// real numbers that integers stand for, never the integers.
public abstract sealed class QuantActivation extends Layer<Tensor, Tensor> implements QuantLayer
    permits QuantIdentity, QuantReLU, QuantSigmoid, QuantTanh, QuantHardTanh {
  private final ActSettings settings;
  private final @Nullable ActQuant input;
  private final @Nullable ActQuant act;
  private boolean returning;

  QuantActivation(ActSettings settings, boolean keepsGrid) {
    if (settings.returnQuantTensor() && settings.act() == null && !keepsGrid) {
      throw new IllegalArgumentException(
          MISCONFIGURED
              + ", check if warnings were raised\n%s without a quantizer can't return a"
                  .formatted(getClass().getSimpleName())
              + " QuantTensor: its function takes numbers off any grid. Give it one,"
              + " ActSettings.of(Quantizers.…), or let it return plain tensors");
    }
    this.settings = settings;
    ActQuant first = Quantization.live(settings.input());
    ActQuant second = Quantization.live(settings.act());
    input = first == null ? null : child("input_quant", first);
    act = second == null ? null : child("act_quant", second);
    returning = settings.returnQuantTensor();
  }

  /// The function, on plain numbers.
  abstract Tensor activation(Tensor value);

  /// The function where no quantizer follows: on a grid it stays there if it can.
  abstract Tensor unquantized(Tensor x);

  /// The function while its quantizer is switched off.
  Tensor switchedOff(Tensor x) {
    return unquantized(x);
  }

  @Override
  protected final Tensor forward(Tensor x) {
    Tensor in = input != null && input.isEnabled() ? input.apply(x) : x;
    if (act == null) {
      return packed(unquantized(in));
    }
    if (!act.isEnabled()) {
      return packed(switchedOff(in));
    }
    Tensor value = QuantTensor.valueOf(in);
    return packed(this instanceof QuantReLU ? act.rectified(value) : act.apply(activation(value)));
  }

  private Tensor packed(Tensor y) {
    if (!returning) {
      return QuantTensor.valueOf(y);
    }
    if (y instanceof QuantTensor) {
      return y;
    }
    throw new IllegalArgumentException(
        MISCONFIGURED
            + ", check if warnings were raised\n%s shall return a QuantTensor, but got a plain"
                .formatted(where())
            + " tensor and has no quantizer: give it one, or a QuantTensor");
  }

  /// The quantizer after the function.
  ///
  /// @throws IllegalStateException when there is none
  public final ActQuant actQuant() {
    if (act == null) {
      throw new IllegalStateException(where() + " was built without a quantizer");
    }
    return act;
  }

  /// The quantizer before the function, or null.
  public final @Nullable ActQuant inputQuant() {
    return input;
  }

  public final ActSettings settings() {
    return settings;
  }

  @Override
  public final void returnQuantTensor(boolean on) {
    returning = on;
  }

  @Override
  public final boolean returnsQuantTensor() {
    return returning;
  }

  @Override
  protected String describe() {
    String text = act == null ? "not quantized" : "";
    return settings.returnQuantTensor()
        ? text + (text.isEmpty() ? "" : ", ") + "return_quant_tensor=True"
        : text;
  }
}
