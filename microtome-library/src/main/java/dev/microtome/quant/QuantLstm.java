package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.RnnSettings;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A long short-term memory with quantizers for weights, biases, inputs, gates and states: takes
/// the place of an [Lstm]. All layers and directions share the quantizer of inputs and hidden
/// states, and that of cell states.
public final class QuantLstm extends Layer<Lstm.Input, Lstm.Output> {
  private static final List<String> GATES = List.of("input", "forget", "cell", "output");

  private final long inputSize;
  private final long hiddenSize;
  private final RnnSettings shape;
  private final QuantRnnSettings settings;
  private final List<QuantLstmCell> cells = new ArrayList<>();

  public QuantLstm(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, RnnSettings.DEFAULT, QuantRnnSettings.DEFAULT);
  }

  public QuantLstm(long inputSize, long hiddenSize, RnnSettings shape, QuantRnnSettings settings) {
    QuantRnnSettings.check(shape);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.shape = shape;
    this.settings = settings;
    ActQuant io = Quantization.live(settings.io());
    ActQuant cell = Quantization.live(settings.cell());
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int direction = 0; direction < directions(); direction++) {
        long in = layer == 0 ? inputSize : hiddenSize * directions();
        String name = "l" + layer + (direction == 0 ? "" : "_reverse");
        var shared = new QuantLstmCell.Shared(io, cell);
        cells.add(child(name, new QuantLstmCell(in, hiddenSize, shape.bias(), settings, shared)));
      }
    }
  }

  private int directions() {
    return shape.bidirectional() ? 2 : 1;
  }

  /// The state of a plain [Lstm] of the same sizes as this layer's own: gates apart, and one bias
  /// in place of two that were added.
  ///
  /// @param prefix before the names of the plain state, `"lstm."` for example
  Map<String, Tensor> fromPlain(String prefix, Map<String, ? extends Tensor> state) {
    var own = new LinkedHashMap<String, Tensor>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int direction = 0; direction < directions(); direction++) {
        String cell = "l" + layer + (direction == 0 ? "" : "_reverse");
        gates(state, prefix + "weight_ih_" + cell, cell, "input_weight", own);
        gates(state, prefix + "weight_hh_" + cell, cell, "hidden_weight", own);
        gates(state, prefix + "bias_ih_" + cell, cell, "bias", own);
        gates(state, prefix + "bias_hh_" + cell, cell, "bias", own);
      }
    }
    return own;
  }

  private void gates(
      Map<String, ? extends Tensor> state,
      String name,
      String cell,
      String part,
      Map<String, Tensor> own) {
    Tensor all = state.get(name);
    if (all != null && all.size(0) == GATES.size() * hiddenSize) {
      List<Tensor> each = all.detach().chunk(GATES.size(), 0);
      for (int i = 0; i < each.size(); i++) {
        own.merge(cell + "." + GATES.get(i) + "_gate." + part, each.get(i), Tensor::add);
      }
    }
  }

  @Override
  protected Lstm.Output forward(Lstm.Input in) {
    if (in.x().dim() == 2) {
      return unbatched(in.x(), in.state());
    }
    int time = shape.batchFirst() ? 1 : 0;
    if (in.x().dim() != 3 || in.x().size(-1) != inputSize) {
      throw new IllegalArgumentException(
          "%s needs (%s, %d), got %s"
              .formatted(
                  where(),
                  shape.batchFirst() ? "batch, length" : "length, batch",
                  inputSize,
                  in.x().shape()));
    }
    Tensor x = in.x();
    var hidden = new ArrayList<Tensor>();
    var cell = new ArrayList<Tensor>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      var outputs = new ArrayList<Tensor>();
      for (int direction = 0; direction < directions(); direction++) {
        int index = layer * directions() + direction;
        var run = run(index, layer, direction, x, in.state(), time);
        outputs.add(run.x());
        hidden.add(run.state().h().unsqueeze(0));
        cell.add(run.state().c().unsqueeze(0));
      }
      x = outputs.size() == 1 ? outputs.getFirst() : Tensor.cat(outputs, 2);
    }
    return new Lstm.Output(
        settings.returnQuantTensor() ? x : QuantTensor.valueOf(x),
        new Lstm.State(joined(hidden), joined(cell)));
  }

  private Lstm.Output unbatched(Tensor x, Lstm.@Nullable State state) {
    long batch = shape.batchFirst() ? 0 : 1;
    Lstm.State start =
        state == null ? null : new Lstm.State(state.h().unsqueeze(1), state.c().unsqueeze(1));
    Lstm.Output out = forward(new Lstm.Input(x.unsqueeze(batch), start));
    return new Lstm.Output(
        out.x().squeeze(batch),
        new Lstm.State(out.state().h().squeeze(1), out.state().c().squeeze(1)));
  }

  private Lstm.Output run(
      int index, int layer, int direction, Tensor x, Lstm.@Nullable State state, int time) {
    Lstm.State start =
        state == null
            ? null
            : new Lstm.State(state.h().select(0, index), state.c().select(0, index));
    return cells.get(index).run(x, start, time, direction == 1, layer == 0);
  }

  private Tensor joined(List<Tensor> states) {
    Tensor all = states.size() == 1 ? states.getFirst() : Tensor.cat(states, 0);
    return settings.returnQuantTensor() ? all : QuantTensor.valueOf(all);
  }

  public long inputSize() {
    return inputSize;
  }

  public long hiddenSize() {
    return hiddenSize;
  }

  @Override
  protected QuantLstm twin() {
    return new QuantLstm(inputSize, hiddenSize, shape, settings);
  }

  @Override
  protected String name() {
    return "QuantLSTM";
  }

  @Override
  protected String describe() {
    return inputSize + ", " + hiddenSize;
  }
}
