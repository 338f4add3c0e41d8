package dev.microtome.models;

import dev.microtome.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The numbers that make a GPT-2: what its `config.json` says, with the defaults of the original
/// where it is silent.
///
/// @param vocabulary token ids, `vocab_size`
/// @param context most tokens of one sequence, `n_positions`
/// @param width numbers per token in the residual stream, `n_embd`
/// @param layers number of blocks, `n_layer`
/// @param heads attention heads per block, `n_head`; a divisor of `width`
/// @param innerWidth width inside the MLP, `n_inner`; four times `width` unless given
/// @param activation the MLP's non-linearity by its Python name
/// @param embeddingDropout `embd_pdrop`
/// @param attentionDropout `attn_pdrop`
/// @param residualDropout `resid_pdrop`
/// @param epsilon of the layer norms
/// @param initializerRange deviation of the weights of a new network
/// @param scaleScores whether attention scores are divided by the root of a head's width
/// @param scaleByLayer whether they are also divided by the block's number, counted from 1
/// @param upcastScores whether they are computed in float32 whatever the weights are
/// @param tiedHead whether the head's weight is the token embedding
/// @param dtype of the stored weights
public record Gpt2Config(
    int vocabulary,
    int context,
    int width,
    int layers,
    int heads,
    int innerWidth,
    String activation,
    double embeddingDropout,
    double attentionDropout,
    double residualDropout,
    double epsilon,
    double initializerRange,
    boolean scaleScores,
    boolean scaleByLayer,
    boolean upcastScores,
    boolean tiedHead,
    DType dtype)
    implements ModelConfig {
  private static final int MOST = 1 << 24;
  private static final int MOST_LAYERS = 1024;

  public Gpt2Config {
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "n_embd (%d) must be a multiple of n_head (%d)".formatted(width, heads));
    }
    Activation.named(activation);
  }

  /// The original's architecture at any size: dropout 0.1, tied head, weights float32.
  public static Gpt2Config of(int vocabulary, int context, int width, int layers, int heads) {
    return new Gpt2Config(
        vocabulary,
        context,
        width,
        layers,
        heads,
        4 * width,
        "gelu_new",
        0.1,
        0.1,
        0.1,
        1e-5,
        0.02,
        true,
        false,
        false,
        true,
        DType.FLOAT32);
  }

  /// The same with one probability for every dropout.
  public Gpt2Config withDropout(double p) {
    return new Gpt2Config(
        vocabulary,
        context,
        width,
        layers,
        heads,
        innerWidth,
        activation,
        p,
        p,
        p,
        epsilon,
        initializerRange,
        scaleScores,
        scaleByLayer,
        upcastScores,
        tiedHead,
        dtype);
  }

  /// Reads a `config.json`.
  ///
  /// @throws ModelFormatException when it is not sound, or not a GPT-2's
  public static Gpt2Config read(Path file) {
    if (ModelConfig.read(file) instanceof Gpt2Config config) {
      return config;
    }
    throw new ModelFormatException(file, "describes no GPT-2", "open it with LanguageModel.load");
  }

  static Gpt2Config read(ConfigFile json) {
    refuseUnknown(json);
    int width = json.size(768, 1 << 16, "n_embd", "hidden_size");
    int heads = json.size(12, 1 << 12, "n_head", "num_attention_heads");
    if (width % heads != 0) {
      throw json.wrong("n_embd", width, "a multiple of \"n_head\", " + heads);
    }
    return new Gpt2Config(
        json.size(50257, MOST, "vocab_size"),
        json.size(1024, MOST, "n_positions", "max_position_embeddings"),
        width,
        json.size(12, MOST_LAYERS, "n_layer", "num_hidden_layers"),
        heads,
        json.size(4 * width, 1 << 20, "n_inner"),
        json.activation("gelu_new", "activation_function"),
        json.number(0.1, 0, 1, "embd_pdrop"),
        json.number(0.1, 0, 1, "attn_pdrop"),
        json.number(0.1, 0, 1, "resid_pdrop"),
        json.number(1e-5, 0, 1, "layer_norm_epsilon"),
        json.number(0.02, 0, 100, "initializer_range"),
        json.flag(true, "scale_attn_weights"),
        json.flag(false, "scale_attn_by_inverse_layer_idx"),
        json.flag(false, "reorder_and_upcast_attn"),
        json.flag(true, "tie_word_embeddings"),
        json.dtype());
  }

  private static void refuseUnknown(ConfigFile json) {
    if (json.flag(false, "add_cross_attention")) {
      throw json.wrong("add_cross_attention", true, "false: there is no encoder to attend to");
    }
    QuantizedLayers.check(json);
  }

  @Override
  public Gpt2 network() {
    return new Gpt2(this);
  }

  @Override
  public String embedding() {
    return "transformer.wte.weight";
  }

  /// The hub's GPT-2 leaves the `transformer.` prefix out, and carries causal masks (`….attn.bias`;
  /// with the dot, `c_attn.bias` is a real one).
  @Override
  public @Nullable String parameter(String stored) {
    if (stored.endsWith(".attn.bias") || stored.endsWith(".attn.masked_bias")) {
      return null;
    }
    boolean full = stored.startsWith("transformer.") || stored.startsWith("lm_head.");
    return full ? stored : "transformer." + stored;
  }

  @Override
  public Map<String, @Nullable Object> json() {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("architectures", List.of("GPT2LMHeadModel"));
    json.put("model_type", "gpt2");
    json.put("vocab_size", vocabulary);
    json.put("n_positions", context);
    json.put("n_embd", width);
    json.put("n_layer", layers);
    json.put("n_head", heads);
    json.put("n_inner", innerWidth == 4 * width ? null : innerWidth);
    json.put("activation_function", activation);
    json.put("embd_pdrop", embeddingDropout);
    json.put("attn_pdrop", attentionDropout);
    json.put("resid_pdrop", residualDropout);
    json.put("layer_norm_epsilon", epsilon);
    json.put("initializer_range", initializerRange);
    json.put("scale_attn_weights", scaleScores);
    json.put("scale_attn_by_inverse_layer_idx", scaleByLayer);
    json.put("reorder_and_upcast_attn", upcastScores);
    json.put("tie_word_embeddings", tiedHead);
    json.put("torch_dtype", dtype.label());
    return json;
  }
}
