package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `a + b`, both put on one grid first, and the sum on another.
public final class QuantEltwiseAdd extends Layer<QuantEltwiseAdd.Input, Tensor>
    implements QuantLayer {
  /// What is added.
  public record Input(Tensor a, Tensor b) {}

  private final PairSettings settings;
  private final @Nullable ActQuant inputQuant;
  private final @Nullable ActQuant outputQuant;
  private boolean returning;

  public QuantEltwiseAdd() {
    this(PairSettings.DEFAULT);
  }

  public QuantEltwiseAdd(PairSettings settings) {
    this.settings = settings;
    ActQuant first = Quantization.live(settings.input());
    inputQuant = first == null ? null : child("input_quant", first);
    ActQuant last = Quantization.live(settings.output());
    outputQuant = last == null ? null : child("output_quant", last);
    returning = settings.returnQuantTensor();
  }

  @Override
  protected Tensor forward(Input in) {
    for (Tensor operand : List.of(in.a(), in.b())) {
      LiveQuantizer.needFinite(this, QuantTensor.valueOf(operand));
    }
    Tensor a = onGrid(in.a());
    return packed(a.add(onGrid(in.b())));
  }

  private Tensor onGrid(Tensor x) {
    return inputQuant != null && inputQuant.isEnabled() ? inputQuant.apply(x) : x;
  }

  private Tensor packed(Tensor y) {
    Tensor out = outputQuant != null && outputQuant.isEnabled() ? outputQuant.apply(y) : y;
    return returning ? needGrid(out) : QuantTensor.valueOf(out);
  }

  private Tensor needGrid(Tensor y) {
    if (y instanceof QuantTensor) {
      return y;
    }
    throw new IllegalArgumentException(
        MISCONFIGURED
            + ", check if warnings were raised\n%s shall return a QuantTensor: quantize all its"
                .formatted(where())
            + " operands, or give it an output quantizer");
  }

  public @Nullable ActQuant inputQuant() {
    return inputQuant;
  }

  public @Nullable ActQuant outputQuant() {
    return outputQuant;
  }

  @Override
  public void returnQuantTensor(boolean on) {
    returning = on;
  }

  @Override
  public boolean returnsQuantTensor() {
    return returning;
  }

  @Override
  protected QuantEltwiseAdd twin() {
    return new QuantEltwiseAdd(settings.alone());
  }
}
