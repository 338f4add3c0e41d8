package dev.microtome.dynamic;

import dev.microtome.tensor.Tensor;
import java.util.Map;

/// A layer whose weights are kept as a kernel wants them, outside of its state dict.
public interface PackedWeights {
  /// The weights as quantized tensors, by PyTorch's names: `weight`, `weight_ih_l0` and so on.
  Map<String, Tensor> quantizedWeights();

  /// Bytes the weights take in a file.
  long storedBytes();
}
