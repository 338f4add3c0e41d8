package dev.microtome.quant;

/// What a layer is given to quantize its weight with: a [Quantizer], from which it makes its own
/// live one, or another layer's [WeightQuant], to share.
public sealed interface WeightQuantization permits Quantizer, WeightQuant {}
