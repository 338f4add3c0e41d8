package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One step of a [Gru] of one layer; the next state comes out.
public final class GruCell extends Layer<GruCell.Input, Tensor> {
  /// Inputs (batch, width), and the state (batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, @Nullable Tensor state) {}

  private final CellWeights shape;
  private final TensorSlot weightIh;
  private final TensorSlot weightHh;
  private final TensorSlot biasIh;
  private final TensorSlot biasHh;

  public GruCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  public GruCell(long inputSize, long hiddenSize, boolean bias) {
    shape = new CellWeights(3, inputSize, hiddenSize, bias);
    weightIh = parameter("weight_ih", shape.initial(shape.rows(), inputSize));
    weightHh = parameter("weight_hh", shape.initial(shape.rows(), hiddenSize));
    biasIh = bias ? parameter("bias_ih", shape.initial(shape.rows())) : absentParameter("bias_ih");
    biasHh = bias ? parameter("bias_hh", shape.initial(shape.rows())) : absentParameter("bias_hh");
  }

  @Override
  protected Tensor forward(Input in) {
    shape.check(this, in.x());
    Tensor start = in.state() == null ? shape.zeros(in.x()) : in.state();
    shape.check(this, in.x(), start);
    return Ops.tensor(
        "aten::gru_cell",
        in.x(),
        start,
        weightIh.get(),
        weightHh.get(),
        biasIh.orNull(),
        biasHh.orNull());
  }

  public long inputSize() {
    return shape.inputSize();
  }

  public long hiddenSize() {
    return shape.hiddenSize();
  }

  @Override
  protected GruCell twin() {
    return new GruCell(inputSize(), hiddenSize(), shape.bias());
  }

  @Override
  protected String name() {
    return "GRUCell";
  }

  @Override
  protected String describe() {
    return shape.describe();
  }
}
