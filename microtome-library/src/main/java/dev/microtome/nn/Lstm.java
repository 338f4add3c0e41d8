package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A long short-term memory (Hochreiter and Schmidhuber 1997), all of PyTorch's options.
///
/// ```java
/// var lstm = new Lstm(8, 16, RnnSettings.DEFAULT.withLayers(2));
/// Lstm.Output out = lstm.apply(new Lstm.Input(x, null));          // x: (length, batch, 8)
/// out = lstm.apply(new Lstm.Input(next, out.state()));
/// ```
public final class Lstm extends Layer<Lstm.Input, Lstm.Output> {
  private static final int GATES = 4; // input, forget, cell, output

  /// What is carried along, each (layers · directions, batch, width): the hidden state, of the
  /// projected width if there is one, and the cell.
  public record State(Tensor h, Tensor c) {}

  /// A sequence (length, batch, width), and the state to begin with; null is zeros. The batch may
  /// be left out everywhere.
  public record Input(Tensor x, @Nullable State state) {}

  /// The last layer's hidden states (length, batch, width · directions), and the state at the end.
  public record Output(Tensor x, State state) {}

  private final RnnWeights shape;
  private final List<TensorSlot> weights = new ArrayList<>();

  public Lstm(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, RnnSettings.DEFAULT);
  }

  public Lstm(long inputSize, long hiddenSize, RnnSettings settings) {
    shape = new RnnWeights(GATES, inputSize, hiddenSize, settings);
    shape.shapes().forEach((name, size) -> weights.add(parameter(name, shape.initial(size))));
  }

  @Override
  protected Output forward(Input in) {
    if (in.x().dim() == 2) {
      return unbatched(in.x(), in.state());
    }
    RnnSettings settings = shape.settings();
    State start = in.state() == null ? zeros(in.x()) : checked(in.x(), in.state());
    List<Tensor> results =
        Ops.list(
            "aten::lstm",
            in.x(),
            List.of(start.h(), start.c()),
            RnnWeights.values(weights),
            settings.bias(),
            settings.layers(),
            settings.dropout(),
            isTraining(),
            settings.bidirectional(),
            settings.batchFirst());
    return new Output(results.get(0), new State(results.get(1), results.get(2)));
  }

  private Output unbatched(Tensor x, @Nullable State state) {
    long batch = settings().batchFirst() ? 0 : 1;
    State start = state == null ? null : new State(state.h().unsqueeze(1), state.c().unsqueeze(1));
    Output out = forward(new Input(x.unsqueeze(batch), start));
    return new Output(
        out.x().squeeze(batch), new State(out.state().h().squeeze(1), out.state().c().squeeze(1)));
  }

  private State zeros(Tensor x) {
    long batch = shape.checkInput(this, x);
    return new State(
        Tensor.zeros(shape.stateShape(batch, shape.outputSize()), x.dtype()),
        Tensor.zeros(shape.stateShape(batch, shape.hiddenSize()), x.dtype()));
  }

  private State checked(Tensor x, State state) {
    long batch = shape.checkInput(this, x);
    RnnWeights.checkState("h", state.h(), shape.stateShape(batch, shape.outputSize()));
    RnnWeights.checkState("c", state.c(), shape.stateShape(batch, shape.hiddenSize()));
    return state;
  }

  public long inputSize() {
    return shape.inputSize();
  }

  public long hiddenSize() {
    return shape.hiddenSize();
  }

  public RnnSettings settings() {
    return shape.settings();
  }

  @Override
  protected Lstm twin() {
    return new Lstm(inputSize(), hiddenSize(), settings());
  }

  @Override
  protected String name() {
    return "LSTM";
  }

  @Override
  protected String describe() {
    return inputSize() + ", " + hiddenSize() + settings().describe();
  }
}
