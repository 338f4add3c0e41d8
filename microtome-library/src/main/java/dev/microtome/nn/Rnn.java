package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A plain recurrent network (Elman 1990), `h = tanh(W x + U h + b)` or with a rectifier instead:
/// PyTorch's `nn.RNN`.
public final class Rnn extends Layer<Rnn.Input, Rnn.Output> {
  /// A sequence (length, batch, width), and the state (layers · directions, batch, hidden) to begin
  /// with; null is zeros.
  public record Input(Tensor x, @Nullable Tensor state) {}

  /// The last layer's hidden states (length, batch, hidden · directions), and the state at the end.
  public record Output(Tensor x, Tensor state) {}

  private final RnnWeights shape;
  private final List<TensorSlot> weights = new ArrayList<>();

  private final boolean relu;

  public Rnn(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, RnnSettings.DEFAULT, false);
  }

  /// @param relu whether with a rectifier instead of tanh
  public Rnn(long inputSize, long hiddenSize, RnnSettings settings, boolean relu) {
    if (settings.projection() > 0) {
      throw new IllegalArgumentException("only an Lstm projects its outputs, an Rnn does not");
    }
    this.relu = relu;
    shape = new RnnWeights(1, inputSize, hiddenSize, settings);
    shape.shapes().forEach((name, size) -> weights.add(parameter(name, shape.initial(size))));
  }

  @Override
  protected Output forward(Input in) {
    if (in.x().dim() == 2) {
      return unbatched(in.x(), in.state());
    }
    RnnSettings settings = shape.settings();
    long batch = shape.checkInput(this, in.x());
    var expected = shape.stateShape(batch, shape.hiddenSize());
    Tensor start = in.state() == null ? Tensor.zeros(expected, in.x().dtype()) : in.state();
    RnnWeights.checkState("h", start, expected);
    List<Tensor> results =
        Ops.list(
            relu ? "aten::rnn_relu" : "aten::rnn_tanh",
            in.x(),
            start,
            RnnWeights.values(weights),
            settings.bias(),
            settings.layers(),
            settings.dropout(),
            isTraining(),
            settings.bidirectional(),
            settings.batchFirst());
    return new Output(results.get(0), results.get(1));
  }

  private Output unbatched(Tensor x, @Nullable Tensor state) {
    long batch = settings().batchFirst() ? 0 : 1;
    Output out = forward(new Input(x.unsqueeze(batch), state == null ? null : state.unsqueeze(1)));
    return new Output(out.x().squeeze(batch), out.state().squeeze(1));
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
  protected Rnn twin() {
    return new Rnn(inputSize(), hiddenSize(), settings(), relu);
  }

  @Override
  protected String name() {
    return "RNN";
  }

  @Override
  protected String describe() {
    return inputSize() + ", " + hiddenSize() + settings().describe();
  }
}
