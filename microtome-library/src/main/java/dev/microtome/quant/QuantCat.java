package dev.microtome.quant;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// Joins tensors along a dimension, all put on one grid first, and the result on another.
public final class QuantCat extends QuantCombination<QuantCat.Input> {
  /// What is joined, along which dimension.
  public record Input(List<Tensor> parts, int dim) {
    public Input {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) {
        throw new IllegalArgumentException("nothing to join");
      }
    }
  }

  public QuantCat() {
    this(PairSettings.DEFAULT);
  }

  public QuantCat(PairSettings settings) {
    super(settings);
  }

  @Override
  List<Tensor> operands(Input in) {
    return in.parts();
  }

  @Override
  Tensor combined(List<Tensor> operands, Input in) {
    return Tensor.cat(operands, in.dim());
  }

  @Override
  protected QuantCat twin() {
    return new QuantCat(settings().alone());
  }
}
