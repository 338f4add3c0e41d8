package dev.microtome.models;

import dev.microtome.tensor.DType;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The numbers that make a Llama or one of its relatives: what its `config.json` says, with the
/// family's defaults where it is silent. Both key styles are read, that of before 2026
/// (`rope_theta`, `rope_scaling`, `torch_dtype`) and the newer one (`rope_parameters`, `dtype`).
///
/// @param family whose names and defaults these are
/// @param vocabulary token ids, `vocab_size`
/// @param positions most tokens of one sequence before `scaling`, `max_position_embeddings`
/// @param width numbers per token in the residual stream, `hidden_size`
/// @param layers number of blocks, `num_hidden_layers`
/// @param heads attention heads per block, `num_attention_heads`
/// @param keyHeads heads of keys and values, `num_key_value_heads`, each shared by as many heads as
///   `heads` is a multiple of it
/// @param headWidth coordinates of one head, `head_dim`; even
/// @param innerWidth width inside the MLP, `intermediate_size`
/// @param activation the MLP's non-linearity by its Python name
/// @param queryBias whether queries, keys and values have a bias
/// @param joinBias whether the projection after attention has one
/// @param mlpBias whether the MLP's projections have one
/// @param attentionDropout `attention_dropout`
/// @param epsilon of the norms, `rms_norm_eps`
/// @param initializerRange deviation of the weights of a new network
/// @param base of the rotary positions, `rope_theta`
/// @param scaling what becomes of their frequencies
/// @param windows for each block how many tokens back a token sees, itself included; 0 for all
/// @param tiedHead whether the head's weight is the token embedding
/// @param dtype of the stored weights
public record LlamaConfig(
    Family family,
    int vocabulary,
    int positions,
    int width,
    int layers,
    int heads,
    int keyHeads,
    int headWidth,
    int innerWidth,
    String activation,
    boolean queryBias,
    boolean joinBias,
    boolean mlpBias,
    double attentionDropout,
    double epsilon,
    double initializerRange,
    double base,
    RopeScaling scaling,
    List<Integer> windows,
    boolean tiedHead,
    DType dtype)
    implements ModelConfig {
  static final int MOST = 1 << 24;

  /// Networks built alike that go by different names.
  public enum Family {
    LLAMA("llama", "Llama"),
    /// Queries, keys and values have biases; late blocks may have a window.
    QWEN2("qwen2", "Qwen2"),
    /// Every block may have a window.
    MISTRAL("mistral", "Mistral");

    private final String type;
    private final String prefix;

    Family(String type, String prefix) {
      this.type = type;
      this.prefix = prefix;
    }

    /// The `model_type` of a `config.json`.
    public String type() {
      return type;
    }

    /// What the names of its layers begin with.
    String prefix() {
      return prefix;
    }

    // Which layers print a rotary embedding differs, and so it must: trees are compared.
    boolean sharesRotation() {
      return this != MISTRAL;
    }

    boolean rotatesInAttention() {
      return this != LLAMA;
    }
  }

  public LlamaConfig {
    windows = List.copyOf(windows);
    if (heads % keyHeads != 0) {
      throw new IllegalArgumentException(
          "%d heads can't share %d heads of keys and values".formatted(heads, keyHeads));
    }
    if (headWidth % 2 != 0) {
      throw new IllegalArgumentException(
          "a head's width must be even, its coordinates turn in pairs; got " + headWidth);
    }
    if (windows.size() != layers) {
      throw new IllegalArgumentException(
          "%d windows for %d blocks; give one each".formatted(windows.size(), layers));
    }
    Activation.named(activation);
  }

  /// The original's architecture at any size: one key head per head, no biases, no window, own
  /// head, weights float32.
  public static LlamaConfig of(
      int vocabulary, int context, int width, int layers, int heads, int innerWidth) {
    return new LlamaConfig(
        Family.LLAMA,
        vocabulary,
        context,
        width,
        layers,
        heads,
        heads,
        width / heads,
        innerWidth,
        "silu",
        false,
        false,
        false,
        0,
        1e-6,
        0.02,
        10000,
        new RopeScaling.None(),
        Collections.nCopies(layers, 0),
        false,
        DType.FLOAT32);
  }

  /// The same with fewer heads of keys and values.
  public LlamaConfig withKeyHeads(int count) {
    return new LlamaConfig(
        family,
        vocabulary,
        positions,
        width,
        layers,
        heads,
        count,
        headWidth,
        innerWidth,
        activation,
        queryBias,
        joinBias,
        mlpBias,
        attentionDropout,
        epsilon,
        initializerRange,
        base,
        scaling,
        windows,
        tiedHead,
        dtype);
  }

  /// Reads a `config.json`.
  ///
  /// @throws ModelFormatException when it is not sound, or not of a family known here
  public static LlamaConfig read(Path file) {
    if (ModelConfig.read(file) instanceof LlamaConfig config) {
      return config;
    }
    throw new ModelFormatException(file, "describes no Llama", "open it with LanguageModel.load");
  }

  static LlamaConfig read(ConfigFile json, Family family) {
    return new LlamaJson(json, family).read();
  }

  /// Most tokens of one sequence.
  @Override
  public int context() {
    return scaling.context(positions);
  }

  @Override
  public Llama network() {
    return new Llama(this);
  }

  @Override
  public String embedding() {
    return "model.embed_tokens.weight";
  }

  /// Old files carry the rotary frequencies; those saved from the network without its head leave
  /// the `model.` prefix out.
  @Override
  public @Nullable String parameter(String stored) {
    if (stored.endsWith(".rotary_emb.inv_freq")) {
      return null;
    }
    boolean full = stored.startsWith("model.") || stored.startsWith("lm_head.");
    return full ? stored : "model." + stored;
  }

  @Override
  public Map<String, @Nullable Object> json() {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("architectures", List.of(family.prefix() + "ForCausalLM"));
    json.put("model_type", family.type());
    json.put("vocab_size", vocabulary);
    json.put("max_position_embeddings", positions);
    json.put("hidden_size", width);
    json.put("num_hidden_layers", layers);
    json.put("num_attention_heads", heads);
    json.put("num_key_value_heads", keyHeads);
    json.put("head_dim", headWidth);
    json.put("intermediate_size", innerWidth);
    json.put("hidden_act", activation);
    json.put("attention_dropout", attentionDropout);
    json.put("rms_norm_eps", epsilon);
    json.put("initializer_range", initializerRange);
    json.put("rope_theta", base);
    json.put("rope_scaling", scaling.json());
    if (family == Family.LLAMA) {
      json.put("attention_bias", queryBias);
      json.put("mlp_bias", mlpBias);
    } else {
      LlamaJson.writeWindows(this, json);
    }
    json.put("tie_word_embeddings", tiedHead);
    json.put("torch_dtype", dtype.label());
    return json;
  }
}
