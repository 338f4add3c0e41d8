package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One step of a recurrent layer: its weights and biases by PyTorch's names, and the checks its
/// native kernel does not make.
abstract class RecurrentCell<I, O> extends Layer<I, O> {
  private final long inputSize;
  private final long hiddenSize;
  private final TensorSlot weightIh;
  private final TensorSlot weightHh;
  private final TensorSlot biasIh;
  private final TensorSlot biasHh;

  /// @param gates how many there are, each with rows of its own
  RecurrentCell(int gates, long inputSize, long hiddenSize, boolean bias) {
    this.inputSize = Check.positive("input_size", inputSize);
    this.hiddenSize = Check.positive("hidden_size", hiddenSize);
    long rows = gates * hiddenSize;
    weightIh = parameter("weight_ih", initial(rows, inputSize));
    weightHh = parameter("weight_hh", initial(rows, hiddenSize));
    biasIh = bias ? parameter("bias_ih", initial(rows)) : absentParameter("bias_ih");
    biasHh = bias ? parameter("bias_hh", initial(rows)) : absentParameter("bias_hh");
  }

  // As PyTorch begins: even within 1 / √hidden.
  private Tensor initial(long... shape) {
    return Init.uniform(1 / Math.sqrt((double) hiddenSize), shape);
  }

  public final long inputSize() {
    return inputSize;
  }

  public final long hiddenSize() {
    return hiddenSize;
  }

  final boolean hasBias() {
    return biasIh.isPresent();
  }

  final Tensor weightIh() {
    return weightIh.get();
  }

  final Tensor weightHh() {
    return weightHh.get();
  }

  final @Nullable Tensor biasIh() {
    return biasIh.orNull();
  }

  final @Nullable Tensor biasHh() {
    return biasHh.orNull();
  }

  /// Checks the input (batch, width) and states (batch, hidden).
  final void check(Tensor x, Tensor... states) {
    if (x.dim() != 2 || x.size(1) != inputSize) {
      throw new IllegalArgumentException(
          "%s needs an input of (batch, %d), got %s"
              .formatted(LayerPaths.describe(this), inputSize, x.shape()));
    }
    for (Tensor state : states) {
      if (!state.shape().equals(stateShape(x))) {
        throw new IllegalArgumentException(
            "%s needs a state of %s, got %s"
                .formatted(LayerPaths.describe(this), stateShape(x), state.shape()));
      }
    }
  }

  private Shape stateShape(Tensor x) {
    return new Shape(x.size(0), hiddenSize);
  }

  /// A state to begin with.
  final Tensor zeros(Tensor x) {
    return Tensor.zeros(stateShape(x), x.dtype());
  }

  @Override
  protected String describe() {
    return inputSize + ", " + hiddenSize + (hasBias() ? "" : ", bias=False");
  }
}
