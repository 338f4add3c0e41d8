package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.observe.Grid;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// A calibrated network as plain tensors in a safetensors file: opening it needs no trust, in any
/// language, and no data.
///
/// Of a quantized layer `PATH` there are `PATH.weight` (I8), `PATH.weight_scale` (F64, one number
/// or one an output), `PATH.bias` and `PATH.grids` (F64): scale, zero point, least and most whole
/// number of what comes in, then of what goes out. Metadata `static.PATH` says `linear` or `conv`,
/// `relu` when that is part of it, `whole` when it hands on whole numbers; `identity` stands where
/// a layer became part of another. The rest is float.
public final class StaticState {
  private static final String MARK = "static.";

  private StaticState() {}

  /// Writes a network.
  public static void write(Path file, Layer<?, ?> network) {
    var tensors = new LinkedHashMap<String, Tensor>();
    var metadata = new LinkedHashMap<String, String>();
    metadata.put("format", "pt");
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (layer instanceof StaticLayer quantized) {
            metadata.put(MARK + path, kind(quantized));
            put(path, quantized, tensors);
          } else if (layer instanceof Identity<?>) {
            metadata.put(MARK + path, "identity");
          }
        });
    network.stateDict().forEach((name, tensor) -> tensors.put(name, tensor.contiguous()));
    Safetensors.write(file, tensors, metadata);
  }

  private static String kind(StaticLayer layer) {
    return (layer instanceof LinearLike ? "linear" : "conv")
        + (layer.grids().relu() ? " relu" : "")
        + (layer.grids().handsOn() ? " whole" : "");
  }

  private static void put(String path, StaticLayer layer, Map<String, Tensor> tensors) {
    Tensor weight = layer.quantizedWeight();
    tensors.put(path + ".weight", Ops.tensor("aten::int_repr", weight));
    tensors.put(path + ".weight_scale", scales(weight));
    Tensor bias = layer.bias();
    if (bias != null) tensors.put(path + ".bias", bias);
    Grid in = layer.grids().in();
    Grid out = layer.grids().out();
    tensors.put(
        path + ".grids",
        Tensor.of(
            in.wholeScale(),
            (double) in.wholeZero(),
            in.type().least(),
            in.type().most(),
            out.wholeScale(),
            (double) out.wholeZero(),
            out.type().least(),
            out.type().most()));
  }

  private static Tensor scales(Tensor weight) {
    return Kernels.isWhole(weight)
        ? Tensor.of(
            ((Number) Objects.requireNonNull(Ops.call("aten::q_scale", weight))).doubleValue())
        : Ops.tensor("aten::q_per_channel_scales", weight).to(DType.FLOAT64);
  }

  /// `network` with what a file holds: the layers that were quantized there are quantized in the
  /// copy returned. The network only has to have the right shape; nothing is calibrated again.
  ///
  /// @throws dev.microtome.tensor.file.SafetensorsException when the file is not sound
  /// @throws IllegalArgumentException when it does not fit the network
  public static <L extends Layer<?, ?>> L load(Path file, L network) {
    return load(file, network, QuantizedEngine.X86);
  }

  /// The same for another engine.
  public static <L extends Layer<?, ?>> L load(Path file, L network, QuantizedEngine engine) {
    try (var opened = Safetensors.open(file)) {
      var reader = new StaticReader(opened, network, engine);
      var instead = new LinkedHashMap<String, Layer<?, ?>>();
      opened
          .metadata()
          .forEach((key, kind) -> {
            if (key.startsWith(MARK)) {
              String path = key.substring(MARK.length());
              instead.put(path, reader.layer(path, kind));
            }
          });
      @SuppressWarnings("unchecked") // a copy has the class of its original
      L copy = (L) network.copyWith(instead);
      copy.load(reader.rest(instead.keySet()));
      copy.eval();
      return copy;
    }
  }
}
