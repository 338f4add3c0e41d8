package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One step of a plain recurrent network: `tanh(W x + b + U h + c)`, or the rectifier in place of
/// tanh.
public final class RnnCell extends RecurrentCell<RnnCell.Input, Tensor> {
  /// Inputs (batch, width), and the state (batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, @Nullable Tensor state) {}

  private final boolean relu;

  public RnnCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true, false);
  }

  /// With `relu` in place of tanh.
  public RnnCell(long inputSize, long hiddenSize, boolean bias, boolean relu) {
    super(1, inputSize, hiddenSize, bias);
    this.relu = relu;
  }

  @Override
  protected Tensor forward(Input in) {
    check(in.x());
    Tensor start = in.state() == null ? zeros(in.x()) : in.state();
    check(in.x(), start);
    return Ops.tensor(
        relu ? "aten::rnn_relu_cell" : "aten::rnn_tanh_cell",
        in.x(),
        start,
        weightIh(),
        weightHh(),
        biasIh(),
        biasHh());
  }

  /// Whether the rectifier stands in for tanh.
  public boolean isRelu() {
    return relu;
  }

  @Override
  protected RnnCell twin() {
    return new RnnCell(inputSize(), hiddenSize(), hasBias(), relu);
  }

  @Override
  protected String name() {
    return "RNNCell";
  }

  @Override
  protected String describe() {
    return super.describe() + (relu ? ", nonlinearity=relu" : "");
  }
}
