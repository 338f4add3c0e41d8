package dev.microtome.quant.onnx;

import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.QuantUpsample;
import dev.microtome.quant.TruncAdaptiveAvgPool2d;
import dev.microtome.quant.TruncAvgPool2d;
import dev.microtome.quant.TruncPool;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Layers that make images smaller or larger.
final class OnnxPools {
  private final OnnxWriter to;
  private final OnnxGrids grids;

  OnnxPools(OnnxWriter to, OnnxGrids grids) {
    this.to = to;
    this.grids = grids;
  }

  /// Averages, with bits cut off behind.
  String truncated(String name, String edge, TruncPool pool, QuantTensor in, Tensor out) {
    QuantTensor average = Grad.off(() -> pool.average(in));
    String pooled =
        switch (pool) {
          case TruncAvgPool2d fixed ->
              to.node(
                  "AveragePool",
                  name + ".AveragePool",
                  List.of(edge),
                  window(fixed.kernel(), fixed.stride(), fixed.padding()),
                  out.shape());
          case TruncAdaptiveAvgPool2d _ -> adaptive(to, name + ".AveragePool", edge, in, out);
        };
    return grids.truncation(to, name, pooled, pool, average, out);
  }

  /// The attributes of an average that counts the zeros around.
  private static Map<String, Object> window(Shape kernel, Shape stride, Shape padding) {
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("kernel_shape", kernel.dims());
    attributes.put(
        "pads", new long[] {padding.get(0), padding.get(1), padding.get(0), padding.get(1)});
    attributes.put("strides", stride.dims());
    attributes.put("count_include_pad", 1L);
    return attributes;
  }

  /// As many windows as the output has places, all of one size.
  static String adaptive(OnnxWriter to, String name, String edge, Tensor in, Tensor out) {
    if (out.size(-1) == 1 && out.size(-2) == 1) {
      return to.node("GlobalAveragePool", name, List.of(edge), Map.of(), out.shape());
    }
    if (in.size(-2) % out.size(-2) != 0 || in.size(-1) % out.size(-1) != 0) {
      throw new IllegalArgumentException(
          "%s: windows of different sizes, from %s to %s, have no form in ONNX"
              .formatted(name, in.shape(), out.shape()));
    }
    long[] kernel = {in.size(-2) / out.size(-2), in.size(-1) / out.size(-1)};
    return to.node(
        "AveragePool",
        name,
        List.of(edge),
        Map.of("kernel_shape", kernel, "strides", kernel),
        out.shape());
  }

  String larger(String name, String edge, QuantUpsample layer, Tensor out) {
    if (layer.mode() != QuantUpsample.Mode.NEAREST) {
      throw new IllegalArgumentException(
          "%s: between pixels lie exact halves, which no two programs round alike; use"
                  .formatted(name)
              + " QuantUpsample.Mode.NEAREST");
    }
    String sizes = to.constant(name + ".sizes", Tensor.of(out.shape().dims()));
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("coordinate_transformation_mode", "asymmetric");
    attributes.put("mode", "nearest");
    attributes.put("nearest_mode", "floor");
    List<String> inputs = List.of(edge, "", "", sizes); // no region, no scales
    return to.node("Resize", name + ".Resize", inputs, attributes, out.shape());
  }
}
