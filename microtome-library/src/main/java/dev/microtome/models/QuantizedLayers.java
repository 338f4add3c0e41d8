package dev.microtome.models;

import dev.microtome.lowbit.GroupValues;
import dev.microtome.lowbit.HqqCheckpoint;
import dev.microtome.lowbit.HqqLayer;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.StoredTensors;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Layers of few bits in a model's folder: HQQ's encoded state dicts among the weights, announced
/// by `quantization_config`.
final class QuantizedLayers {
  static final String CONFIG = "quantization_config";
  private static final String CODES = ".W_q";

  private QuantizedLayers() {}

  /// What was found among a folder's tensors.
  ///
  /// @param settings names of those that are settings and no numbers of the network
  /// @param views of those that are stored as another type, as `view_as_float` does, the type they
  ///   are
  record Stored(Set<String> settings, Map<String, DType> views) {}

  /// Refuses a model that is quantized in another way than HQQ's.
  static void check(ConfigFile json) {
    ConfigFile settings = json.has(CONFIG) ? json.object(CONFIG) : null;
    if (settings != null && !"hqq".equals(settings.text("quant_method"))) {
      throw json.wrong(
          CONFIG,
          "given",
          "HQQ's (\"quant_method\": \"hqq\") or left out: load the weights before quantization");
    }
  }

  /// Puts low-bit layers without numbers into a network wherever the files hold codes.
  ///
  /// @throws ModelFormatException when one is not sound or belongs nowhere
  static Stored place(Path folder, StoredTensors files, Layer<?, ?> network, ModelConfig config) {
    var settings = new HashSet<String>();
    Map<String, HqqLayer> layers = layers(folder, files, settings);
    if (!layers.isEmpty()) {
      Map<String, Slot<Tensor, Tensor>> places = LinearPlaces.of(network);
      layers.forEach((prefix, layer) -> {
        String path = path(config, prefix);
        Slot<Tensor, Tensor> slot = path == null ? null : places.get(path);
        if (slot == null) {
          throw bad(
              folder, "%s has codes, but is no linear layer of this network".formatted(prefix));
        }
        put(folder, prefix, slot, layer.weight());
      });
    }
    return new Stored(settings, views(files, layers));
  }

  private static Map<String, DType> views(StoredTensors files, Map<String, HqqLayer> layers) {
    var views = new LinkedHashMap<String, DType>();
    layers.forEach((prefix, layer) -> {
      DType codes = layer.weight().packed().dtype();
      if (files.dtype(prefix + CODES) != codes) {
        views.put(prefix + CODES, codes);
      }
    });
    return views;
  }

  private static @Nullable String path(ModelConfig config, String prefix) {
    String codes = config.parameter(prefix + CODES);
    return codes == null ? null : codes.substring(0, codes.length() - CODES.length());
  }

  private static void put(
      Path folder, String name, Slot<Tensor, Tensor> slot, PackedWeight weight) {
    try {
      slot.set(Device.META.run(() -> LowBitLinear.inPlaceOf((LinearLike) slot.get(), weight)));
    } catch (IllegalArgumentException misfit) {
      throw bad(folder, name + ": " + misfit.getMessage());
    }
  }

  /// The layers by the path in the files, their numbers by shape only.
  private static Map<String, HqqLayer> layers(
      Path folder, StoredTensors files, Set<String> settings) {
    var prefixes = new HashSet<String>();
    for (String name : files.names()) {
      if (name.endsWith(CODES)) {
        prefixes.add(name.substring(0, name.length() - CODES.length()));
      }
    }
    var entries = new LinkedHashMap<String, Tensor>();
    for (String name : files.names()) {
      int dot = name.lastIndexOf('.');
      if (dot > 0 && prefixes.contains(name.substring(0, dot))) {
        boolean numbers = HqqLayer.NUMBERS.contains(name.substring(dot + 1));
        entries.put(name, numbers ? shapeOf(folder, files, name) : files.tensor(name));
        if (!numbers) {
          settings.add(name);
        }
      }
    }
    try {
      return HqqCheckpoint.of(entries).layers();
    } catch (IllegalArgumentException broken) {
      throw bad(folder, String.valueOf(broken.getMessage()));
    }
  }

  private static Tensor shapeOf(Path folder, StoredTensors files, String name) {
    DType dtype = files.dtype(name);
    if (dtype == null) {
      throw bad(folder, name + " is of a type no tensor can hold");
    }
    return Device.META.run(() -> Tensor.empty(files.shape(name), dtype));
  }

  private static ModelFormatException bad(Path folder, String what) {
    return new ModelFormatException(
        folder, "holds a quantized layer that can't be used: " + what, "quantize it anew");
  }

  /// What a network's folder holds: its state in `dtype`, low-bit layers as HQQ encodes them.
  ///
  /// @throws IllegalArgumentException when a layer has no form in a folder
  static Map<String, Tensor> state(Layer<?, ?> network, DType dtype) {
    Map<String, LowBitLinear> low = lowBit(network);
    var state = new LinkedHashMap<String, Tensor>();
    network
        .stateDict()
        .forEach((path, tensor) -> {
          int dot = path.lastIndexOf('.');
          boolean isCoded = dot > 0 && low.containsKey(path.substring(0, dot));
          if (!isCoded || path.endsWith(".bias")) {
            state.put(path, tensor.to(dtype));
          }
        });
    low.forEach((path, layer) ->
        encoded(path, layer)
            .entries()
            .forEach((name, tensor) -> state.put(path + "." + name, tensor)));
    return state;
  }

  private static HqqLayer encoded(String path, LowBitLinear layer) {
    try {
      DType compute =
          layer.packed().scale() instanceof GroupValues.Plain(Tensor scale)
              ? scale.dtype()
              : DType.FLOAT16;
      return new HqqLayer(layer.packed(), null, compute, false);
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(path + ": " + refused.getMessage(), refused);
    }
  }

  private static Map<String, LowBitLinear> lowBit(Layer<?, ?> network) {
    var found = new LinkedHashMap<String, LowBitLinear>();
    LinearPlaces.of(network)
        .forEach((path, slot) -> {
          switch (slot.get()) {
            case LowBitLinear low -> found.put(path, low);
            case KernelLinear fast -> found.put(path, fast.restored());
            case Linear _, Conv1D _ -> {}
            default ->
                throw new IllegalArgumentException(
                    "%s is a %s, which has no form in a folder; merge adapters first"
                        .formatted(path, slot.get().getClass().getSimpleName()));
          }
        });
    return found;
  }

  /// The `quantization_config` of a network, or null when nothing in it is quantized.
  static @Nullable Map<String, @Nullable Object> config(Layer<?, ?> network) {
    Map<String, LowBitLinear> low = lowBit(network);
    if (low.isEmpty()) {
      return null;
    }
    var each = new LinkedHashMap<String, Map<String, @Nullable Object>>();
    low.forEach((path, layer) -> each.put(path, settings(layer.packed())));
    var first = each.values().iterator().next();
    boolean alike = each.values().stream().allMatch(first::equals);
    var config = new LinkedHashMap<String, @Nullable Object>();
    config.put("quant_method", "hqq");
    config.put("quant_config", alike ? first : each);
    config.put(
        "skip_modules",
        LinearPlaces.of(network).keySet().stream().filter(path -> !low.containsKey(path)).toList());
    return config;
  }

  private static Map<String, @Nullable Object> settings(PackedWeight weight) {
    var settings = new LinkedHashMap<String, @Nullable Object>();
    double bits = weight.bits().bits();
    settings.put("nbits", bits == Math.rint(bits) ? (Number) (int) bits : bits);
    settings.put("channel_wise", true);
    settings.put("group_size", weight.grouping().size());
    settings.put("optimize", true);
    settings.put("round_zero", false);
    settings.put("axis", weight.grouping().axis());
    settings.put("view_as_float", false);
    var all = new LinkedHashMap<String, @Nullable Object>();
    all.put("weight_quant_params", settings);
    all.put("scale_quant_params", null);
    all.put("zero_quant_params", null);
    all.put("offload_meta", false);
    return all;
  }
}
