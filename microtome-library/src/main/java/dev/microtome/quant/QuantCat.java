package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Joins tensors along a dimension, all put on one grid first, and the result on another.
public final class QuantCat extends Layer<QuantCat.Input, Tensor> implements QuantLayer {
  /// What is joined, along which dimension.
  public record Input(List<Tensor> parts, int dim) {
    public Input {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) {
        throw new IllegalArgumentException("nothing to join");
      }
    }
  }

  private final PairSettings settings;
  private final @Nullable ActQuant inputQuant;
  private final @Nullable ActQuant outputQuant;
  private boolean returning;

  public QuantCat() {
    this(PairSettings.DEFAULT);
  }

  public QuantCat(PairSettings settings) {
    this.settings = settings;
    ActQuant first = Quantization.live(settings.input());
    inputQuant = first == null ? null : child("input_quant", first);
    ActQuant last = Quantization.live(settings.output());
    outputQuant = last == null ? null : child("output_quant", last);
    returning = settings.returnQuantTensor();
  }

  @Override
  protected Tensor forward(Input in) {
    in.parts().forEach(part -> LiveQuantizer.needFinite(this, QuantTensor.valueOf(part)));
    return packed(Tensor.cat(in.parts().stream().map(this::onGrid).toList(), in.dim()));
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
  protected QuantCat twin() {
    return new QuantCat(settings.alone());
  }
}
