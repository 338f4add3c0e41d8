package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;

/// The shapes of a single recurrent step's weights, and the checks its native kernel does not make.
record CellWeights(int gates, long inputSize, long hiddenSize, boolean bias) {
  CellWeights {
    Check.positive("input_size", inputSize);
    Check.positive("hidden_size", hiddenSize);
  }

  /// A weight as PyTorch begins it: even within `1 / √hidden`.
  Tensor initial(long... shape) {
    return Init.uniform(1 / Math.sqrt((double) hiddenSize), shape);
  }

  long rows() {
    return gates * hiddenSize;
  }

  /// Checks the input (batch, width) and a state (batch, hidden).
  void check(Layer<?, ?> layer, Tensor x, Tensor... states) {
    if (x.dim() != 2 || x.size(1) != inputSize) {
      throw new IllegalArgumentException(
          "%s needs an input of (batch, %d), got %s"
              .formatted(LayerPaths.describe(layer), inputSize, x.shape()));
    }
    for (Tensor state : states) {
      if (!state.shape().equals(stateShape(x))) {
        throw new IllegalArgumentException(
            "%s needs a state of %s, got %s"
                .formatted(LayerPaths.describe(layer), stateShape(x), state.shape()));
      }
    }
  }

  Shape stateShape(Tensor x) {
    return new Shape(x.size(0), hiddenSize);
  }

  Tensor zeros(Tensor x) {
    return Tensor.zeros(stateShape(x), x.dtype());
  }

  String describe() {
    return inputSize + ", " + hiddenSize + (bias ? "" : ", bias=False");
  }
}
