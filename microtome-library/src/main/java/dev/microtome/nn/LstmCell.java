package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of an [Lstm] of one layer.
public final class LstmCell extends Layer<LstmCell.Input, Lstm.State> {
  /// Inputs (batch, width), and the state (batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, Lstm.@Nullable State state) {}

  private final CellWeights shape;
  private final TensorSlot weightIh;
  private final TensorSlot weightHh;
  private final TensorSlot biasIh;
  private final TensorSlot biasHh;

  public LstmCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  public LstmCell(long inputSize, long hiddenSize, boolean bias) {
    shape = new CellWeights(4, inputSize, hiddenSize, bias);
    weightIh = parameter("weight_ih", shape.initial(shape.rows(), inputSize));
    weightHh = parameter("weight_hh", shape.initial(shape.rows(), hiddenSize));
    biasIh = bias ? parameter("bias_ih", shape.initial(shape.rows())) : absentParameter("bias_ih");
    biasHh = bias ? parameter("bias_hh", shape.initial(shape.rows())) : absentParameter("bias_hh");
  }

  @Override
  protected Lstm.State forward(Input in) {
    shape.check(this, in.x());
    Lstm.State given = in.state();
    Lstm.State start =
        given == null ? new Lstm.State(shape.zeros(in.x()), shape.zeros(in.x())) : given;
    shape.check(this, in.x(), start.h(), start.c());
    var results =
        Ops.list(
            "aten::lstm_cell",
            in.x(),
            List.of(start.h(), start.c()),
            weightIh.get(),
            weightHh.get(),
            biasIh.orNull(),
            biasHh.orNull());
    return new Lstm.State(results.get(0), results.get(1));
  }

  public long inputSize() {
    return shape.inputSize();
  }

  public long hiddenSize() {
    return shape.hiddenSize();
  }

  @Override
  protected LstmCell twin() {
    return new LstmCell(inputSize(), hiddenSize(), shape.bias());
  }

  @Override
  protected String name() {
    return "LSTMCell";
  }

  @Override
  protected String describe() {
    return shape.describe();
  }
}
