package dev.microtome.quant.onnx;

import dev.microtome.quant.ActQuant;
import dev.microtome.quant.BiasQuant;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.TruncPool;
import dev.microtome.tensor.Tensor;

/// How a flavour of ONNX says that numbers are put on a grid.
sealed interface OnnxGrids permits QcdqGrids, QonnxGrids {
  /// The version of ONNX' own operators.
  long opset();

  /// Puts an edge on the grid of a quantizer; `like` is the value there.
  ///
  /// @return the edge behind
  String activation(OnnxWriter to, String name, String edge, ActQuant quant, Tensor like);

  /// A weight on its grid; `channel` is the dimension of its output channels.
  String weight(
      OnnxWriter to,
      String name,
      Tensor real,
      Quantizer quantizer,
      QuantTensor weight,
      int channel);

  /// A bias on its grid.
  String bias(OnnxWriter to, String name, Tensor real, BiasQuant quant, QuantTensor bias);

  /// Cuts the lowest bits off averages, which lie on the grid of `average`.
  String truncation(
      OnnxWriter to, String name, String edge, TruncPool pool, QuantTensor average, Tensor like);

  /// By how much the grid of `average` becomes coarser.
  static Tensor factor(TruncPool pool, QuantTensor average) {
    return average.bitWidth().sub(pool.bits()).exp2();
  }
}
