package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One layer and direction of a [QuantLstm]: four gates, each with a quantizer for its sum and one
/// behind its function.
final class QuantLstmCell extends Layer<Tensor, Tensor> {
  /// The quantizers all cells share.
  record Shared(@Nullable ActQuant io, @Nullable ActQuant cell) {}

  /// A gate with what comes after its sum.
  private final class Gate {
    final QuantGate weights;
    final QuantIdentity sum;
    final QuantActivation function;

    Gate(String name, boolean bias, QuantActivation function) {
      weights = child(name + "_gate", new QuantGate(in, hidden, bias, settings));
      sum = child(name + "_acc", new QuantIdentity(QuantRnnSettings.act(settings.gate())));
      this.function = child(name + "_act", function);
    }

    Tensor at(QuantGate.Weights now, Tensor x, Tensor h) {
      return function.apply(sum.apply(now.sum(x, h)));
    }
  }

  private final long in;
  private final long hidden;
  private final boolean bias;
  private final QuantRnnSettings settings;
  private final QuantIdentity io;
  private final QuantIdentity cell;
  private final Gate inputGate;
  private final Gate forgetGate;
  private final Gate cellGate;
  private final Gate outputGate;
  private final QuantTanh hiddenTanh;

  QuantLstmCell(long in, long hidden, boolean bias, QuantRnnSettings settings, Shared shared) {
    this.in = in;
    this.hidden = hidden;
    this.bias = bias;
    this.settings = settings;
    io = child("io", new QuantIdentity(QuantRnnSettings.act(shared.io())));
    io.returnQuantTensor(shared.io() != null);
    cell = child("cell", new QuantIdentity(QuantRnnSettings.act(shared.cell())));
    ActSettings sigmoid = QuantRnnSettings.act(settings.sigmoid());
    ActSettings tanh = QuantRnnSettings.act(settings.tanh());
    inputGate = new Gate("input", bias, new QuantSigmoid(sigmoid));
    forgetGate = new Gate("forget", bias, new QuantSigmoid(sigmoid));
    cellGate = new Gate("cell", bias, new QuantTanh(tanh));
    outputGate = new Gate("output", bias, new QuantSigmoid(sigmoid));
    hiddenTanh = child("hidden_tanh", new QuantTanh(tanh));
  }

  @Override
  protected Tensor forward(Tensor x) {
    return run(x, null, 0, false, true).x();
  }

  /// Runs along a sequence.
  ///
  /// @param quantizesInput whether the input is not on the grid yet
  Lstm.Output run(
      Tensor x, Lstm.@Nullable State start, int time, boolean reversed, boolean quantizesInput) {
    Tensor input = quantizesInput ? io.apply(x) : x;
    QuantGate.Weights toInput = inputGate.weights.apply(input);
    QuantGate.Weights toCell = cellGate.weights.apply(input);
    QuantGate.Weights toOutput = outputGate.weights.apply(input);
    QuantGate.Weights toForget = forgetGate.weights.apply(input);
    Tensor value = QuantTensor.valueOf(input);
    Tensor none = Tensor.zeros(value.size(1 - time), hidden);
    Tensor[] state = {
      start == null ? none : io.apply(start.h()), start == null ? none : cell.apply(start.c())
    };
    Tensor outputs =
        QuantRnnSequence.walk(
            value,
            time,
            reversed,
            now -> {
              Tensor h = QuantTensor.valueOf(state[0]);
              Tensor c = QuantTensor.valueOf(state[1]);
              Tensor i = inputGate.at(toInput, now, h);
              Tensor f = forgetGate.at(toForget, now, h);
              Tensor g = cellGate.at(toCell, now, h);
              Tensor o = outputGate.at(toOutput, now, h);
              Tensor kept = cell.apply(f.mul(c));
              Tensor next = cell.apply(kept.add(cell.apply(i.mul(g))));
              state[1] = next;
              state[0] = io.apply(o.mul(hiddenTanh.apply(next)));
              return state[0];
            });
    return new Lstm.Output(outputs, new Lstm.State(state[0], state[1]));
  }

  @Override
  protected QuantLstmCell twin() {
    return new QuantLstmCell(
        in,
        hidden,
        bias,
        settings,
        new Shared(Quantization.live(settings.io()), Quantization.live(settings.cell())));
  }

  @Override
  protected String describe() {
    return "%d, %d".formatted(in, hidden);
  }
}
