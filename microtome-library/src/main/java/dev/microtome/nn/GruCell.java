package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One step of a [Gru] of one layer; the next state comes out.
public final class GruCell extends RecurrentCell<GruCell.Input, Tensor> {
  /// Inputs (batch, width), and the state (batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, @Nullable Tensor state) {}

  public GruCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  public GruCell(long inputSize, long hiddenSize, boolean bias) {
    super(3, inputSize, hiddenSize, bias);
  }

  @Override
  protected Tensor forward(Input in) {
    check(in.x());
    Tensor start = in.state() == null ? zeros(in.x()) : in.state();
    check(in.x(), start);
    return Ops.tensor("aten::gru_cell", in.x(), start, weightIh(), weightHh(), biasIh(), biasHh());
  }

  @Override
  protected GruCell twin() {
    return new GruCell(inputSize(), hiddenSize(), hasBias());
  }

  @Override
  protected String name() {
    return "GRUCell";
  }
}
