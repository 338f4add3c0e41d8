package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// An Elman network, `h' = tanh(x Wᵀ + h Uᵀ + b)`, with quantizers for weights, bias, inputs and
/// states. One layer, one direction.
public final class QuantRnn extends Layer<QuantRnn.Input, QuantRnn.Output> {
  /// A sequence (length, batch, in), and the state (1, batch, hidden) to begin with; null is zeros.
  public record Input(Tensor x, @Nullable Tensor h) {}

  /// All hidden states (length, batch, hidden), and the last one (1, batch, hidden).
  public record Output(Tensor x, Tensor h) {}

  private final long inputSize;
  private final long hiddenSize;
  private final QuantRnnSettings settings;
  private final QuantIdentity io;
  private final QuantGate gate;
  private final QuantIdentity sum;

  public QuantRnn(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, QuantRnnSettings.DEFAULT);
  }

  public QuantRnn(long inputSize, long hiddenSize, QuantRnnSettings settings) {
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.settings = settings;
    io = child("io", new QuantIdentity(QuantRnnSettings.act(settings.io())));
    io.returnQuantTensor(settings.io() != null);
    gate = child("gate", new QuantGate(inputSize, hiddenSize, true, settings));
    sum = child("gate_acc", new QuantIdentity(QuantRnnSettings.act(settings.gate())));
  }

  @Override
  protected Output forward(Input in) {
    if (in.x().dim() != 3 || in.x().size(-1) != inputSize) {
      throw new IllegalArgumentException(
          "%s needs (length, batch, %d), got %s".formatted(where(), inputSize, in.x().shape()));
    }
    Tensor input = io.apply(in.x());
    QuantGate.Weights weights = gate.apply(input);
    Tensor h = in.h();
    Tensor[] state = {
      h == null ? Tensor.zeros(in.x().size(1), hiddenSize) : io.apply(h.select(0, 0))
    };
    Tensor outputs =
        QuantRnnSequence.walk(
            QuantTensor.valueOf(input),
            0,
            false,
            now -> {
              Tensor s = sum.apply(weights.sum(now, QuantTensor.valueOf(state[0])));
              state[0] = io.apply(s.tanh());
              return state[0];
            });
    return new Output(packed(outputs), packed(state[0].unsqueeze(0)));
  }

  private Tensor packed(Tensor y) {
    return settings.returnQuantTensor() ? y : QuantTensor.valueOf(y);
  }

  @Override
  protected QuantRnn twin() {
    return new QuantRnn(inputSize, hiddenSize, settings);
  }

  @Override
  protected String name() {
    return "QuantRNN";
  }

  @Override
  protected String describe() {
    return inputSize + ", " + hiddenSize;
  }
}
