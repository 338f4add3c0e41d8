package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The shapes of a recurrent layer's weights under PyTorch's names (`weight_ih_l0_reverse`), and
/// the checks its native kernel does not make.
record RnnWeights(int gates, long inputSize, long hiddenSize, RnnSettings settings) {
  RnnWeights {
    Check.positive("input_size", inputSize);
    Check.positive("hidden_size", hiddenSize);
    if (settings.projection() >= hiddenSize) {
      throw new IllegalArgumentException(
          "proj_size %d must be smaller than hidden_size %d"
              .formatted(settings.projection(), hiddenSize));
    }
  }

  /// Width of the output of one direction.
  long outputSize() {
    return settings.projection() > 0 ? settings.projection() : hiddenSize;
  }

  /// All weights in the order the kernel wants them.
  Map<String, Shape> shapes() {
    var shapes = new LinkedHashMap<String, Shape>();
    for (int layer = 0; layer < settings.layers(); layer++) {
      for (int direction = 0; direction < settings.directions(); direction++) {
        String end = "_l" + layer + (direction == 0 ? "" : "_reverse");
        long width = layer == 0 ? inputSize : outputSize() * settings.directions();
        shapes.put("weight_ih" + end, new Shape(gates * hiddenSize, width));
        shapes.put("weight_hh" + end, new Shape(gates * hiddenSize, outputSize()));
        if (settings.bias()) {
          shapes.put("bias_ih" + end, new Shape(gates * hiddenSize));
          shapes.put("bias_hh" + end, new Shape(gates * hiddenSize));
        }
        if (settings.projection() > 0) {
          shapes.put("weight_hr" + end, new Shape(settings.projection(), hiddenSize));
        }
      }
    }
    return shapes;
  }

  /// A weight as PyTorch begins it: even within `1 / √hidden`.
  Tensor initial(Shape shape) {
    return Init.uniform(1 / Math.sqrt((double) hiddenSize), shape.dims());
  }

  static List<Tensor> values(List<TensorSlot> slots) {
    var values = new ArrayList<Tensor>(slots.size());
    for (TensorSlot slot : slots) {
      values.add(slot.get());
    }
    return values;
  }

  /// Checks an input of three dimensions and returns its batch size.
  long checkInput(Layer<?, ?> layer, Tensor x) {
    if (x.dim() != 3 || x.size(-1) != inputSize) {
      throw new IllegalArgumentException(
          "%s needs an input of (%s, %d), got %s"
              .formatted(
                  LayerPaths.describe(layer),
                  settings.batchFirst() ? "batch, length" : "length, batch",
                  inputSize,
                  x.shape()));
    }
    return x.size(settings.batchFirst() ? 0 : 1);
  }

  Shape stateShape(long batch, long width) {
    return new Shape((long) settings.layers() * settings.directions(), batch, width);
  }

  static void checkState(String name, Tensor state, Shape expected) {
    if (!state.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "state %s must be (layers · directions, batch, width) = %s, got %s"
              .formatted(name, expected, state.shape()));
    }
  }
}
