package dev.microtome.quant;

import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// An activation function with a quantizer after it, and perhaps one before. The function sees the
/// real numbers that integers stand for, never the integers.
public abstract sealed class QuantActivation extends QuantLayer<Tensor>
    permits QuantIdentity, QuantReLU, QuantSigmoid, QuantTanh, QuantHardTanh {
  private final ActSettings settings;
  private final @Nullable ActQuant input;
  private final @Nullable ActQuant act;

  QuantActivation(ActSettings settings, boolean keepsGrid) {
    super(settings.returnQuantTensor());
    if (settings.returnQuantTensor() && settings.act() == null && !keepsGrid) {
      throw new IllegalArgumentException(
          MISCONFIGURED
              + ", check if warnings were raised\n%s without a quantizer can't return a"
                  .formatted(getClass().getSimpleName())
              + " QuantTensor: its function takes numbers off any grid. Give it one,"
              + " ActSettings.of(Quantizers.…), or let it return plain tensors");
    }
    this.settings = settings;
    input = liveChild("input_quant", settings.input());
    act = liveChild("act_quant", settings.act());
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
    Tensor in = onGrid(input, x);
    if (act == null) {
      return returned(unquantized(in));
    }
    if (!act.isEnabled()) {
      return returned(switchedOff(in));
    }
    Tensor value = QuantTensor.valueOf(in);
    return returned(
        this instanceof QuantReLU ? act.rectified(value) : act.apply(activation(value)));
  }

  private Tensor returned(Tensor y) {
    return packed(
        y, ", but got a plain tensor and has no quantizer: give it one, or a QuantTensor");
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
  protected String describe() {
    String text = act == null ? "not quantized" : "";
    return settings.returnQuantTensor()
        ? text + (text.isEmpty() ? "" : ", ") + "return_quant_tensor=True"
        : text;
  }
}
