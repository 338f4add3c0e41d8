package dev.microtome.dynamic;

import java.util.Map;

/// What a quantized layer adds to a state dict, in PyTorch's names and forms, keys relative to the
/// layer.
interface DynamicLayer {
  /// Texts, tuples, tensors and [ScriptValue]s by key.
  Map<String, Object> pickledState();

  /// The versions of the layer (key empty) and of the parts PyTorch keeps its weights in.
  Map<String, Long> versions();

  /// Bytes of the weights as they are stored.
  long bytes();
}
