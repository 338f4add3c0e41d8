package dev.microtome.quant;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// `a + b`, both put on one grid first, and the sum on another.
public final class QuantEltwiseAdd extends QuantCombination<QuantEltwiseAdd.Input> {
  /// What is added.
  public record Input(Tensor a, Tensor b) {}

  public QuantEltwiseAdd() {
    this(PairSettings.DEFAULT);
  }

  public QuantEltwiseAdd(PairSettings settings) {
    super(settings);
  }

  @Override
  List<Tensor> operands(Input in) {
    return List.of(in.a(), in.b());
  }

  @Override
  Tensor combined(List<Tensor> operands, Input in) {
    return operands.get(0).add(operands.get(1));
  }

  @Override
  protected QuantEltwiseAdd twin() {
    return new QuantEltwiseAdd(settings().alone());
  }
}
