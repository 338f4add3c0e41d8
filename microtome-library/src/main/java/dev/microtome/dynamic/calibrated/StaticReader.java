package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.observe.Grid;
import dev.microtome.dynamic.observe.GridType;
import dev.microtome.nn.Convolution;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads quantized layers from a file of [StaticState]. Everything is checked against the layer
/// whose place it takes: kernels believe what they are given.
final class StaticReader {
  private static final int GRIDS = 8; // numbers in two grids

  private final Safetensors file;
  private final Layer<?, ?> network;
  private final QuantizedEngine engine;

  StaticReader(Safetensors file, Layer<?, ?> network, QuantizedEngine engine) {
    this.file = file;
    this.network = network;
    this.engine = engine;
  }

  Layer<?, ?> layer(String path, String kind) {
    Slot<?, ?> slot = network.namedSlots().get(path);
    if (slot == null) throw misfit(path, "the network has no slot there");
    if (kind.equals("identity")) return new Identity<Tensor>();
    return switch (slot.get()) {
      case LinearLike linear when kind.startsWith("linear") -> {
        Tensor weight = weight(path, Shape.of(linear.outFeatures(), linear.inFeatures()));
        yield StaticLinear.of(weight, bias(path, linear.outFeatures()), grids(path, kind), engine);
      }
      case Convolution conv
          when kind.startsWith("conv") && Target.obstacle(conv, engine) == null -> {
        Tensor weight = weight(path, conv.weight().shape());
        Tensor bias = bias(path, conv.outChannels());
        yield StaticConvolution.of(conv, weight, bias, grids(path, kind), engine);
      }
      default ->
          throw misfit(path, "the file has '%s' there, the network %s".formatted(kind, slot));
    };
  }

  private Tensor tensor(String name) {
    if (!file.names().contains(name)) throw misfit(name, "the file has no such tensor");
    return file.tensor(name);
  }

  private Tensor weight(String path, Shape shape) {
    Tensor numbers = tensor(path + ".weight");
    if (numbers.dtype() != DType.INT8 || !numbers.shape().equals(shape)) {
      throw misfit(
          path,
          "its weight is %s %s, the network needs int8 %s"
              .formatted(numbers.dtype(), numbers.shape(), shape));
    }
    Tensor scales = tensor(path + ".weight_scale");
    boolean whole = scales.numel() == 1;
    boolean fits =
        scales.dtype() == DType.FLOAT64
            && scales.dim() == 1
            && (whole || scales.numel() == shape.get(0));
    if (!fits || !(scales.min().item() > 0 && Double.isFinite(scales.max().item()))) {
      throw misfit(path, "its scales %s are not positive numbers".formatted(scales.shape()));
    }
    Tensor own = numbers.copy();
    return whole
        ? Ops.tensor("aten::_make_per_tensor_quantized_tensor", own, scales.item(), 0L)
        : Ops.tensor(
            "aten::_make_per_channel_quantized_tensor",
            own,
            scales.copy(),
            Tensor.zeros(scales.shape(), DType.INT64),
            0L);
  }

  private @Nullable Tensor bias(String path, long outputs) {
    String name = path + ".bias";
    if (!file.names().contains(name)) return null;
    Tensor bias = file.tensor(name);
    if (bias.dtype() != DType.FLOAT32 || !bias.shape().equals(Shape.of(outputs))) {
      throw misfit(
          path,
          "its bias is %s %s, the network needs float32 [%d]"
              .formatted(bias.dtype(), bias.shape(), outputs));
    }
    return bias.copy();
  }

  private StaticGrids grids(String path, String kind) {
    Tensor numbers = tensor(path + ".grids");
    if (numbers.dtype() != DType.FLOAT64 || !numbers.shape().equals(Shape.of(GRIDS))) {
      throw misfit(path, "its grids are not 8 numbers in float64");
    }
    double[] all = numbers.toDoubles();
    return new StaticGrids(
        grid(path, all, 0),
        grid(path, all, GRIDS / 2),
        kind.contains("relu"),
        kind.contains("whole"));
  }

  private static Grid grid(String path, double[] all, int at) {
    double scale = all[at];
    double zero = all[at + 1];
    boolean sound = scale > 0 && Double.isFinite(scale) && zero == Math.rint(zero);
    if (!sound || !(zero >= all[at + 2] && zero <= all[at + 3])) {
      throw misfit(path, "a grid of scale %s and zero point %s".formatted(scale, zero));
    }
    GridType type = GridType.QUINT8.within((int) all[at + 2], (int) all[at + 3]);
    return new Grid(Tensor.of((float) scale), Tensor.of((long) zero), type, -1);
  }

  /// What belongs to no quantized layer.
  Map<String, Tensor> rest(Set<String> quantized) {
    var rest = new LinkedHashMap<String, Tensor>();
    for (String name : file.names()) {
      boolean inside = quantized.stream().anyMatch(path -> name.startsWith(path + "."));
      if (!inside) rest.put(name, file.tensor(name));
    }
    return rest;
  }

  private static IllegalArgumentException misfit(String path, String why) {
    return new IllegalArgumentException(
        "'%s' of the file does not fit the network: %s".formatted(path, why));
  }
}
