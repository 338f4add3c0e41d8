package dev.microtome.quant;

/// A layer whose results may be [QuantTensor]s.
public sealed interface QuantLayer
    permits QuantActivation, QuantWeightLayer, QuantEltwiseAdd, QuantCat, TruncPool, QuantUpsample {
  /// How errors about missing quantizers begin.
  String MISCONFIGURED = "QuantLayer is not correctly configured";

  /// Lets the layer return QuantTensors from now on, or plain tensors.
  void returnQuantTensor(boolean on);

  boolean returnsQuantTensor();
}
