package dev.microtome.dynamic;

import dev.microtome.tensor.Tensor;
import java.util.Map;

/// Quantized weights as a kernel wants them, and what is written of them, in PyTorch's names and
/// forms, keys relative to the layer.
sealed interface Packed permits PackedProduct, PackedStack, PackedStep, QuantizedRows {
  /// The weights as quantized tensors, by PyTorch's names.
  Map<String, Tensor> quantizedWeights();

  /// Texts, tuples, tensors and [dev.microtome.tensor.pickle.ScriptValue]s by key.
  Map<String, Object> pickledState();

  /// The versions of the layer (key empty) and of the parts PyTorch keeps its weights in.
  Map<String, Long> versions();

  /// Bytes of the weights as they are stored.
  long bytes();

  /// What a printed layer says of itself.
  String describe();
}
