package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One step of a plain recurrent network: `tanh(W x + b + U h + c)`, or the rectifier in place of
/// tanh.
public final class RnnCell extends Layer<RnnCell.Input, Tensor> {
  /// Inputs (batch, width), and the state (batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, @Nullable Tensor state) {}

  private final boolean relu;
  private final CellWeights shape;
  private final TensorSlot weightIh;
  private final TensorSlot weightHh;
  private final TensorSlot biasIh;
  private final TensorSlot biasHh;

  public RnnCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true, false);
  }

  /// With `relu` in place of tanh.
  public RnnCell(long inputSize, long hiddenSize, boolean bias, boolean relu) {
    this.relu = relu;
    shape = new CellWeights(1, inputSize, hiddenSize, bias);
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
        relu ? "aten::rnn_relu_cell" : "aten::rnn_tanh_cell",
        in.x(),
        start,
        weightIh.get(),
        weightHh.get(),
        biasIh.orNull(),
        biasHh.orNull());
  }

  /// Whether the rectifier stands in for tanh.
  public boolean isRelu() {
    return relu;
  }

  public long inputSize() {
    return shape.inputSize();
  }

  public long hiddenSize() {
    return shape.hiddenSize();
  }

  @Override
  protected RnnCell twin() {
    return new RnnCell(inputSize(), hiddenSize(), shape.bias(), relu);
  }

  @Override
  protected String name() {
    return "RNNCell";
  }

  @Override
  protected String describe() {
    return shape.describe() + (relu ? ", nonlinearity=relu" : "");
  }
}
