package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of an [Lstm] of one layer.
public final class LstmCell extends RecurrentCell<LstmCell.Input, Lstm.State> {
  /// Inputs (batch, width), and the state (batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, Lstm.@Nullable State state) {}

  public LstmCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, true);
  }

  public LstmCell(long inputSize, long hiddenSize, boolean bias) {
    super(4, inputSize, hiddenSize, bias);
  }

  @Override
  protected Lstm.State forward(Input in) {
    check(in.x());
    Lstm.State given = in.state();
    Lstm.State start = given == null ? new Lstm.State(zeros(in.x()), zeros(in.x())) : given;
    check(in.x(), start.h(), start.c());
    var results =
        Ops.list(
            "aten::lstm_cell",
            in.x(),
            List.of(start.h(), start.c()),
            weightIh(),
            weightHh(),
            biasIh(),
            biasHh());
    return new Lstm.State(results.get(0), results.get(1));
  }

  @Override
  protected LstmCell twin() {
    return new LstmCell(inputSize(), hiddenSize(), hasBias());
  }

  @Override
  protected String name() {
    return "LSTMCell";
  }
}
