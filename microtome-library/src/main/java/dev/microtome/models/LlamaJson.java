package dev.microtome.models;

import dev.microtome.models.LlamaConfig.Family;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads the `config.json` of the Llama family, each family with its defaults.
record LlamaJson(ConfigFile json, Family family) {
  private static final int MOST_LAYERS = 1024;
  private static final int MOST_WIDTH = 1 << 16;
  private static final int MOST_HEADS = 1 << 12;

  LlamaConfig read() {
    refuseUnknown();
    boolean llama = family == Family.LLAMA;
    boolean mistral = family == Family.MISTRAL;
    boolean qwen2 = family == Family.QWEN2;
    int width = json.size(4096, MOST_WIDTH, "hidden_size");
    int layers = json.size(32, MOST_LAYERS, "num_hidden_layers");
    int heads = json.size(32, MOST_HEADS, "num_attention_heads");
    int stated =
        json.size(
            llama ? 2048 : qwen2 ? 32768 : 131072, LlamaConfig.MOST, "max_position_embeddings");
    RopeScaling scaling = scaling(stated);
    boolean attentionBias = llama && json.flag(false, "attention_bias");
    return new LlamaConfig(
        family,
        json.size(qwen2 ? 151936 : 32000, LlamaConfig.MOST, "vocab_size"),
        stated,
        width,
        layers,
        heads,
        keyHeads(heads, mistral ? 8 : heads),
        headWidth(width, heads, scaling),
        json.size(llama ? 11008 : qwen2 ? 22016 : 14336, 1 << 20, "intermediate_size"),
        json.activation("silu", "hidden_act"),
        qwen2 || attentionBias,
        attentionBias,
        llama && json.flag(false, "mlp_bias"),
        json.number(0, 0, 1, "attention_dropout"),
        json.number(1e-6, 0, 1, "rms_norm_eps"),
        json.number(0.02, 0, 100, "initializer_range"),
        base(),
        scaling,
        windows(layers),
        json.flag(false, "tie_word_embeddings"),
        json.dtype());
  }

  private void refuseUnknown() {
    QuantizedLayers.check(json);
    double turning = json.number(1, 0, 1, "partial_rotary_factor");
    if (turning != 1) {
      throw json.wrong("partial_rotary_factor", turning, "1: whole heads are turned");
    }
  }

  private int keyHeads(int heads, int fallback) {
    int keyHeads = json.size(fallback, MOST_HEADS, "num_key_value_heads");
    if (heads % keyHeads != 0) {
      throw json.wrong(
          "num_key_value_heads", keyHeads, "a divisor of \"num_attention_heads\", " + heads);
    }
    return keyHeads;
  }

  private int headWidth(int width, int heads, RopeScaling scaling) {
    Integer given = json.optionalSize(1, MOST_WIDTH, "head_dim");
    if (given == null && width % heads != 0) {
      throw json.wrong("hidden_size", width, "a multiple of \"num_attention_heads\", " + heads);
    }
    int headWidth = given == null ? width / heads : given;
    int least = scaling instanceof RopeScaling.Dynamic ? 4 : 2; // the base's exponent is d/(d-2)
    if (headWidth % 2 != 0 || headWidth < least) {
      throw json.wrong("head_dim", headWidth, "even and at least " + least);
    }
    return headWidth;
  }

  private double base() {
    ConfigFile newer = json.object("rope_parameters");
    Double old = json.optionalNumber(1, 1e15, "rope_theta");
    Double given = newer == null ? null : newer.optionalNumber(1, 1e15, "rope_theta");
    if (old != null && given != null && !old.equals(given)) {
      throw json.wrong("rope_theta", old, "the same as in \"rope_parameters\", " + given);
    }
    double base = old != null ? old : given != null ? given : 10000;
    if (base == 1) {
      throw json.wrong("rope_theta", base, "above 1");
    }
    return base;
  }

  private RopeScaling scaling(int stated) {
    ConfigFile old = json.object("rope_scaling");
    ConfigFile newer = json.object("rope_parameters");
    RopeScaling first = old == null ? null : RopeScaling.read(old, stated);
    RopeScaling second = newer == null ? null : RopeScaling.read(newer, stated);
    if (first != null && second != null && !first.equals(second)) {
      throw json.wrong("rope_scaling", first, "the same as \"rope_parameters\", " + second);
    }
    return first != null ? first : Objects.requireNonNullElse(second, new RopeScaling.None());
  }

  /// The window is Mistral's in every block and Qwen2's, where it is switched on, in the blocks
  /// from `max_window_layers` on; newer files say it block by block.
  private List<Integer> windows(int layers) {
    Integer window = window();
    List<String> types = json.texts("layer_types");
    if (types != null && types.size() != layers) {
      throw json.wrong("layer_types", types, "%d names, one a block".formatted(layers));
    }
    int from = family == Family.QWEN2 ? whole(28) : 0;
    var windows = new ArrayList<Integer>();
    for (int layer = 0; layer < layers; layer++) {
      boolean narrow = types == null ? layer >= from : isSliding(types.get(layer));
      if (types != null && narrow && window == null) {
        throw json.wrong("sliding_window", "not given", "a number, \"layer_types\" asks for it");
      }
      windows.add(narrow && window != null ? window : 0);
    }
    return windows;
  }

  private int whole(int fallback) {
    Integer given = json.optionalSize(0, MOST_LAYERS, "max_window_layers");
    return given == null ? fallback : given;
  }

  private @Nullable Integer window() {
    boolean switchedOff = family == Family.QWEN2 && !json.flag(false, "use_sliding_window");
    if (family == Family.LLAMA || switchedOff) {
      return null;
    }
    Integer given = json.optionalSize(1, Integer.MAX_VALUE, "sliding_window");
    return given != null || json.mentions("sliding_window") ? given : Integer.valueOf(4096);
  }

  private boolean isSliding(String type) {
    return switch (type) {
      case "sliding_attention" -> true;
      case "full_attention" -> false;
      default ->
          throw json.wrong("layer_types", type, "made of full_attention and sliding_attention");
    };
  }

  static void writeWindows(LlamaConfig config, Map<String, @Nullable Object> json) {
    int window = Collections.max(config.windows());
    json.put("sliding_window", window == 0 ? null : window);
    if (config.family() == Family.QWEN2) {
      json.put("use_sliding_window", window != 0);
    }
    json.put(
        "layer_types",
        config.windows().stream()
            .map(one -> one == 0 ? "full_attention" : "sliding_attention")
            .toList());
  }
}
