package dev.microtome.quant.onnx;

import dev.microtome.nn.Layer;
import dev.microtome.quant.QuantGraph;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;

/// Exports a quantized network, as it computes in evaluation:
///
/// ```java
/// OnnxGraph graph = OnnxExport.qcdq(net, Tensor.randn(1, 3, 32, 32));
/// OnnxFile.write(graph, Path.of("net.onnx"));
/// ```
///
/// The input gives the shape; its numbers do not matter. Nodes are named by the paths of their
/// layers, and every edge has its shape.
public final class OnnxExport {
  private OnnxExport() {}

  /// With `QuantizeLinear`, `Clip` and `DequantizeLinear`, opset 13: for ONNX Runtime and the like.
  ///
  /// @throws IllegalArgumentException when ONNX can't say what a layer does; the message names it
  public static OnnxGraph qcdq(Layer<Tensor, Tensor> network, Tensor input) {
    return graph(network, input, new QcdqGrids());
  }

  /// With QONNX' `Quant`, opset 14: for FINN, hls4ml and the like.
  ///
  /// @throws IllegalArgumentException when QONNX can't say what a layer does; the message names it
  public static OnnxGraph qonnx(Layer<Tensor, Tensor> network, Tensor input) {
    return graph(network, input, new QonnxGrids());
  }

  private static OnnxGraph graph(Layer<Tensor, Tensor> network, Tensor input, OnnxGrids grids) {
    QuantGraph seen = QuantGraph.of(network, input);
    boolean before = network.isTraining();
    network.eval();
    try {
      return Grad.off(() -> new OnnxSteps(seen, grids).graph());
    } finally {
      network.train(before);
    }
  }
}
