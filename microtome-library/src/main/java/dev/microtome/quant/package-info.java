/// Floor 2: quantization-aware training, with the quantizers, layers and arithmetic of Brevitas.
///
/// A [dev.microtome.quant.Quantizer] is a value that says how numbers are put on a grid of
/// integers; [dev.microtome.quant.Quantizers] holds the ready-made ones. A quantized layer, such as
/// [dev.microtome.quant.QuantConv2d] or [dev.microtome.quant.QuantReLU], has live quantizers
/// ([dev.microtome.quant.ActQuant], [dev.microtome.quant.WeightQuant]) made from such values. What
/// flows between layers may be a [dev.microtome.quant.QuantTensor], a tensor that knows its grid.
@NullMarked
package dev.microtome.quant;

import org.jspecify.annotations.NullMarked;
