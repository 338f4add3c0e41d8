package dev.microtome.quant;

import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The weights of one gate of a recurrent cell, put on grids: from the input (hidden, in), from the
/// state before (hidden, hidden), with one quantizer for both, and a bias on the grid of the
/// input's sums.
final class QuantGate extends Layer<Tensor, QuantGate.Weights> {
  /// The weights as plain numbers.
  record Weights(Tensor input, Tensor hidden, @Nullable Tensor bias) {
    /// `x Wᵀ + h Uᵀ + b`.
    Tensor sum(Tensor x, Tensor h) {
      Tensor sum = x.linear(input, null).add(h.linear(hidden, null));
      return bias == null ? sum : sum.add(bias);
    }
  }

  private final long in;
  private final long hidden;
  private final QuantRnnSettings settings;
  private final TensorSlot bias;
  private final TensorSlot inputWeight;
  private final TensorSlot hiddenWeight;
  private final @Nullable WeightQuant weightQuant;
  private final @Nullable BiasQuant biasQuant;

  QuantGate(long in, long hidden, boolean bias, QuantRnnSettings settings) {
    this.in = in;
    this.hidden = hidden;
    this.settings = settings;
    double bound = 1 / Math.sqrt((double) hidden);
    this.bias =
        bias
            ? parameter("bias", Init.uniform_(Tensor.empty(hidden), -bound, bound))
            : absentParameter("bias");
    inputWeight = parameter("input_weight", Init.uniform_(Tensor.empty(hidden, in), -bound, bound));
    hiddenWeight =
        parameter("hidden_weight", Init.uniform_(Tensor.empty(hidden, hidden), -bound, bound));
    weightQuant = weightQuant(settings.weight());
    biasQuant =
        bias && settings.bias() != null
            ? child("bias_quant", new BiasQuant(settings.bias(), hidden, true))
            : null;
  }

  private @Nullable WeightQuant weightQuant(@Nullable Quantizer quantizer) {
    if (quantizer == null) {
      return null;
    }
    WeightQuant live = child("weight_quant", WeightQuant.live(quantizer, inputWeight, 0));
    return WeightQuant.live(live, hiddenWeight, 0);
  }

  @Override
  protected Weights forward(Tensor input) {
    Tensor ofInput = onGrid(inputWeight.get());
    Tensor ofHidden = onGrid(hiddenWeight.get());
    Tensor b = bias.orNull();
    if (b != null && biasQuant != null && biasQuant.isEnabled()) {
      b = biasQuant.apply(new BiasQuant.Input(b, input, ofInput));
    }
    return new Weights(
        QuantTensor.valueOf(ofInput),
        QuantTensor.valueOf(ofHidden),
        b == null ? null : QuantTensor.valueOf(b));
  }

  private Tensor onGrid(Tensor weight) {
    return weightQuant == null || !weightQuant.isEnabled() ? weight : weightQuant.apply(weight);
  }

  @Override
  protected QuantGate twin() {
    return new QuantGate(in, hidden, bias.isPresent(), settings);
  }

  @Override
  protected String describe() {
    return "%d, %d".formatted(in, hidden);
  }
}
