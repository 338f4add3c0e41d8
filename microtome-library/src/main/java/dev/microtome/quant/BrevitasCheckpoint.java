package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// State dicts under Brevitas' keys, to read its checkpoints and to write ones for it. There a
/// learned range lies under
/// `act_quant.fused_activation_quant_proxy.tensor_quant.scaling_impl.value` and the like; it is
/// missing before the first batch, and while statistics are collected it is the average so far.
/// Reading it ends the collection.
///
/// Brevitas' form forgets how far a collection was. `stateDict()` and `load` keep that.
public final class BrevitasCheckpoint {
  private static final String ACTIVATION = "fused_activation_quant_proxy.tensor_quant.";
  private static final String WEIGHT = "tensor_quant.";

  private final Layer<?, ?> network;

  private BrevitasCheckpoint(Layer<?, ?> network) {
    this.network = network;
  }

  public static BrevitasCheckpoint of(Layer<?, ?> network) {
    return new BrevitasCheckpoint(network);
  }

  /// The network's state as Brevitas would save it.
  public Map<String, Tensor> write() {
    var state = new LinkedHashMap<String, Tensor>();
    plain().forEach(state::put);
    keys()
        .forEach((key, path) -> {
          Tensor value = learned(path);
          if (value != null) {
            state.put(key, value);
          }
        });
    return state;
  }

  /// Takes over a state that Brevitas saved.
  ///
  /// @throws IllegalArgumentException when keys are missing or unknown, as Brevitas refuses them;
  ///   then nothing was changed
  public void read(Map<String, ? extends Tensor> state) {
    Map<String, String> keys = keys();
    Map<String, Tensor> plain = plain();
    var missing = new ArrayList<String>();
    plain.keySet().stream().filter(key -> !state.containsKey(key)).forEach(missing::add);
    keys.keySet().stream().filter(key -> !state.containsKey(key)).forEach(missing::add);
    refuse(missing, "Missing");
    List<String> unknown =
        state.keySet().stream()
            .filter(key -> !plain.containsKey(key) && !keys.containsKey(key))
            .map(String::valueOf)
            .toList();
    refuse(unknown, "Unexpected");
    var own = new LinkedHashMap<String, Tensor>();
    state.forEach((key, value) -> {
      if (plain.containsKey(key)) {
        own.put(key, value);
      }
    });
    network.loadMatching(own);
    keys.forEach((key, path) -> settle(path, java.util.Objects.requireNonNull(state.get(key))));
  }

  private void refuse(List<String> keys, String what) {
    if (!keys.isEmpty()) {
      String list = String.join(", ", keys.stream().map(key -> '"' + key + '"').toList());
      throw new IllegalArgumentException(
          ("Error(s) in loading state_dict for %s:\n\t%s key(s) in state_dict: %s. \nBrevitas saves no"
                  + " range before the first training batch; stateDict() and load, or loadMatching"
                  + " for weights alone, have no such gap")
              .formatted(network.getClass().getSimpleName(), what, list));
    }
  }

  /// Parameters and buffers that are no quantizer's.
  private Map<String, Tensor> plain() {
    var found = new LinkedHashMap<String, Tensor>();
    network
        .stateDict()
        .forEach((path, tensor) -> {
          if (!path.contains("_quant.")) {
            found.put(path, tensor);
          }
        });
    return found;
  }

  /// What quantizers learn: Brevitas' key to our path.
  private Map<String, String> keys() {
    var found = new LinkedHashMap<String, String>();
    for (String path : network.namedParameters().keySet()) {
      int at = path.lastIndexOf("_quant.");
      if (at >= 0) {
        String owner = path.substring(0, at + "_quant.".length());
        String inside = path.substring(owner.length());
        String tensor = owner.endsWith("weight_quant.") ? WEIGHT : ACTIVATION;
        found.put(owner + tensor + brevitas(inside), path);
      }
    }
    return found;
  }

  private static String brevitas(String inside) {
    return switch (inside) {
      case "scale.value" -> "scaling_impl.value";
      case "scale.affine_weight" ->
          "scaling_impl.stats_scaling_impl.affine_rescaling.affine_weight";
      case "zero_point.value" -> "zero_point_impl.value";
      case "bit_width_offset" -> "msb_clamp_bit_width_impl.bit_width_offset";
      default -> inside;
    };
  }

  /// The number to save, or null when there is none yet.
  private @org.jspecify.annotations.Nullable Tensor learned(String path) {
    Layer<?, ?> owner = network.layer(path.contains(".") ? parent(path) : "");
    Collection collection =
        switch (owner) {
          case CollectedRange range -> range.collection();
          case LiveZeroPoint.Collected zero -> zero.collection();
          default -> null;
        };
    if (collection == null || collection.isLearned()) {
      return network.tensor(path).detach();
    }
    if (collection.count() == 0) {
      return null;
    }
    Tensor average = collection.average().detach();
    return owner instanceof CollectedRange range ? range.restriction().learned(average) : average;
  }

  private void settle(String path, Tensor value) {
    Layer<?, ?> owner = network.layer(parent(path));
    switch (owner) {
      case CollectedRange range -> range.collection().learn(value);
      case LiveZeroPoint.Collected zero -> zero.collection().learn(value);
      case AdoptedRange range -> range.adopt(value);
      default -> network.loadMatching(Map.of(path, value));
    }
  }

  private static String parent(String path) {
    return path.substring(0, path.lastIndexOf('.'));
  }
}
