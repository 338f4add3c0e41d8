package dev.microtome.models;

import dev.microtome.nn.Dropout;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LayerList;
import dev.microtome.nn.Linear;
import dev.microtome.nn.PythonFormat;
import dev.microtome.nn.Slot;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Llama (Touvron et al. 2023), and Qwen2 and Mistral, which are built alike, from token ids to
/// logits, from top to bottom. Names are the checkpoint's; every step says its shape, with these
/// letters:
///
/// B sequences · T tokens · S tokens including the cache · C width · V vocabulary · H heads · K
/// heads of keys and values · D width of a head
public final class Llama extends CausalNetwork {
  public final Decoder model;
  public final Slot<Tensor, Tensor> lmHead;
  private final LlamaConfig config;

  /// A network with fresh weights, in training mode. Under `Device.META.run(…)` it has shapes only
  /// and costs nothing.
  public Llama(LlamaConfig config) {
    this.config = config;
    model = child("model", new Decoder(config));
    lmHead = slot("lm_head", new Linear(config.width(), config.vocabulary(), false));
    initialize();
    if (config.tiedHead()) {
      tie("lm_head.weight", "model.embed_tokens.weight");
    }
  }

  /// Opens a Hugging Face folder; see [LanguageModel#load].
  public static LanguageModel<Llama> load(Path folder) {
    return ModelFolder.open(folder, Llama.class);
  }

  @Override
  protected Output forward(Input in) {
    check(in);
    var pass = ForwardPass.of(in);
    Tensor x = model.apply(new Tokens(in.ids(), pass.positions(in.ids().size(1)), pass));
    int wanted = in.lastLogits();
    if (wanted > 0 && wanted < x.size(1)) {
      x = x.narrow(1, x.size(1) - wanted, wanted);
    }
    return new Output(lmHead.apply(x), pass.cache(in.ids().size(1))); // (B, T, V)
  }

  /// Ids and positions, both (B, T).
  public record Tokens(Tensor ids, Tensor positions, ForwardPass pass) {}

  /// Everything below the head: embedding, blocks, final norm.
  public static final class Decoder extends Layer<Tokens, Tensor> {
    public final Slot<Tensor, Tensor> embedTokens;
    public final LayerList<Block> layers;
    public final Slot<Tensor, Tensor> norm;
    public final @Nullable RotaryEmbedding rotaryEmb; // Mistral has one in each attention instead
    private final LlamaConfig config;

    Decoder(LlamaConfig config) {
      this.config = config;
      embedTokens = slot("embed_tokens", new Embedding(config.vocabulary(), config.width()));
      layers = child("layers", LayerList.of(config.layers(), index -> new Block(config, index)));
      norm = slot("norm", new RmsNorm(config));
      rotaryEmb =
          config.family().sharesRotation() ? child("rotary_emb", RotaryEmbedding.of(config)) : null;
    }

    @Override
    protected Tensor forward(Tokens in) {
      Tensor x = embedTokens.apply(in.ids()); // (B, T, C)
      if (rotaryEmb != null) {
        in.pass().rotation(rotaryEmb.apply(in.positions()));
      }
      for (Block block : layers) {
        x = block.apply(new BlockInput(x, in.pass())); // (B, T, C)
      }
      return norm.apply(x);
    }

    @Override
    protected Decoder twin() {
      return new Decoder(config);
    }

    @Override
    protected String name() {
      return named(config, "Model");
    }
  }

  /// Attention moves information between tokens, the MLP works on each token; both add to the
  /// stream.
  public static final class Block extends TransformerBlock {
    public final Attention selfAttn;
    public final Mlp mlp;
    public final Slot<Tensor, Tensor> inputLayernorm;
    public final Slot<Tensor, Tensor> postAttentionLayernorm; // after attention, before the MLP
    private final LlamaConfig config;
    private final int index;

    Block(LlamaConfig config, int index) {
      this.config = config;
      this.index = index;
      selfAttn = child("self_attn", new Attention(config, index));
      mlp = child("mlp", new Mlp(config));
      inputLayernorm = slot("input_layernorm", new RmsNorm(config));
      postAttentionLayernorm = slot("post_attention_layernorm", new RmsNorm(config));
    }

    @Override
    protected Tensor forward(BlockInput in) {
      Tensor normed = inputLayernorm.apply(in.x());
      Tensor x = in.x().add(selfAttn.apply(new BlockInput(normed, in.pass())));
      return x.add(mlp.apply(postAttentionLayernorm.apply(x))); // (B, T, C)
    }

    @Override
    public Attention attention() {
      return selfAttn;
    }

    @Override
    public Mlp mlp() {
      return mlp;
    }

    @Override
    public Slot<Tensor, Tensor> queries() {
      return selfAttn.query;
    }

    @Override
    public Slot<Tensor, Tensor> keys() {
      return selfAttn.key;
    }

    @Override
    public Slot<Tensor, Tensor> values() {
      return selfAttn.value;
    }

    @Override
    public Slot<Tensor, Tensor> pattern() {
      return selfAttn.pattern;
    }

    @Override
    public Slot<Tensor, Tensor> join() {
      return selfAttn.oProj;
    }

    @Override
    public int heads() {
      return config.heads();
    }

    @Override
    public int keyHeads() {
      return config.keyHeads();
    }

    @Override
    protected Block twin() {
      return new Block(config, index);
    }

    @Override
    protected String name() {
      return named(config, "DecoderLayer");
    }
  }

  /// Causal self-attention in which heads may share keys and values. Queries (B, H, T, D) and keys
  /// (B, K, T, D), turned by position, values (B, K, T, D) and the pattern (B, H, T, S) pass
  /// through places of their own; the heads' results side by side, (B, T, H · D), are the input of
  /// `oProj`.
  public static final class Attention extends Layer<BlockInput, Tensor> {
    public final Slot<Tensor, Tensor> qProj;
    public final Slot<Tensor, Tensor> kProj;
    public final Slot<Tensor, Tensor> vProj;
    public final Slot<Tensor, Tensor> oProj;
    public final Slot<Tensor, Tensor> query = inner("query", new Identity<>());
    public final Slot<Tensor, Tensor> key = inner("key", new Identity<>());
    public final Slot<Tensor, Tensor> value = inner("value", new Identity<>());
    public final Slot<Tensor, Tensor> pattern;
    private final RotaryEmbedding rotary;
    private final LlamaConfig config;
    private final int index;

    Attention(LlamaConfig config, int index) {
      this.config = config;
      this.index = index;
      long queries = (long) config.heads() * config.headWidth();
      long keys = (long) config.keyHeads() * config.headWidth();
      qProj = slot("q_proj", new Linear(config.width(), queries, config.queryBias()));
      kProj = slot("k_proj", new Linear(config.width(), keys, config.queryBias()));
      vProj = slot("v_proj", new Linear(config.width(), keys, config.queryBias()));
      oProj = slot("o_proj", new Linear(queries, config.width(), config.joinBias()));
      pattern = inner("pattern", new Dropout(config.attentionDropout()));
      rotary = RotaryEmbedding.of(config);
      if (config.family().rotatesInAttention()) {
        child("rotary_emb", rotary);
      }
    }

    @Override
    protected Tensor forward(BlockInput in) {
      Tensor x = in.x(); // (B, T, C)
      Rotation rotation = rotation(in);
      Tensor query = this.query.apply(rotation.turn(heads(qProj.apply(x)))); // (B, H, T, D)
      Tensor key = this.key.apply(rotation.turn(heads(kProj.apply(x)))); // (B, K, T, D)
      Tensor value = this.value.apply(heads(vProj.apply(x))); // (B, K, T, D)
      var seen = in.pass().extend(index, key, value); // (B, K, S, D)
      Tensor mixed = // (B, K, H/K · T, D)
          Block.isUnseen(pattern) && in.pass().seesAll(x.size(1), config.windows().get(index))
              ? byKeyHead(query).scaledDotProductAttention(seen.key(), seen.value())
              : byKeyHead(pattern(query, seen.key(), in.pass())).matmul(seen.value());
      Tensor joined = byHead(mixed, x.size(1)).transpose(1, 2).flatten(2, 3); // (B, T, H · D)
      return oProj.apply(joined); // (B, T, C)
    }

    private Rotation rotation(BlockInput in) {
      Rotation shared = in.pass().rotation();
      return shared != null ? shared : rotary.apply(in.pass().positions(in.x().size(1)));
    }

    private Tensor heads(Tensor x) {
      return x.unflatten(2, -1, config.headWidth()).transpose(1, 2);
    }

    // Heads that share a key head stand one below the other, (B, K, H/K · T, …): no copies needed.
    private Tensor byKeyHead(Tensor x) {
      return config.keyHeads() == config.heads()
          ? x
          : x.unflatten(1, config.keyHeads(), -1).flatten(2, 3);
    }

    private Tensor byHead(Tensor x, long tokens) {
      return config.keyHeads() == config.heads() ? x : x.unflatten(2, -1, tokens).flatten(1, 2);
    }

    private Tensor pattern(Tensor query, Tensor key, ForwardPass pass) {
      Tensor products = byKeyHead(query).matmul(key.transpose(-2, -1)); // (B, K, H/K · T, S)
      Tensor scores = byHead(products, query.size(2)).mul(1 / Math.sqrt(config.headWidth()));
      Tensor masked = pass.masked(scores, config.windows().get(index)); // (B, H, T, S)
      return pattern.apply(masked.softmax(-1, DType.FLOAT32).to(scores.dtype()));
    }

    @Override
    protected Attention twin() {
      return new Attention(config, index);
    }

    @Override
    protected String name() {
      return named(config, "Attention");
    }
  }

  /// Two linear layers side by side, one of which gates the other, and one back (Shazeer 2020).
  public static final class Mlp extends Layer<Tensor, Tensor> {
    public final Slot<Tensor, Tensor> gateProj;
    public final Slot<Tensor, Tensor> upProj;
    public final Slot<Tensor, Tensor> downProj;
    public final Slot<Tensor, Tensor> actFn;
    private final LlamaConfig config;

    Mlp(LlamaConfig config) {
      this.config = config;
      gateProj =
          slot("gate_proj", new Linear(config.width(), config.innerWidth(), config.mlpBias()));
      upProj = slot("up_proj", new Linear(config.width(), config.innerWidth(), config.mlpBias()));
      downProj =
          slot("down_proj", new Linear(config.innerWidth(), config.width(), config.mlpBias()));
      actFn = slot("act_fn", Activation.named(config.activation()));
    }

    @Override
    protected Tensor forward(Tensor x) {
      return downProj.apply(actFn.apply(gateProj.apply(x)).mul(upProj.apply(x))); // (B, T, C)
    }

    @Override
    protected Mlp twin() {
      return new Mlp(config);
    }

    @Override
    protected String name() {
      return named(config, "MLP");
    }
  }

  /// Root-mean-square norm computed in float32 and rounded before it is scaled, which in half
  /// precision differs from scaling first.
  public static final class RmsNorm extends Layer<Tensor, Tensor> {
    private final LlamaConfig config;
    private final TensorSlot weight;

    RmsNorm(LlamaConfig config) {
      this.config = config;
      weight = parameter("weight", Tensor.ones(config.width()));
    }

    @Override
    protected Tensor forward(Tensor x) {
      Shape last = new Shape(config.width());
      Tensor normed = x.to(DType.FLOAT32).rmsNorm(last, null, config.epsilon());
      return normed.to(x.dtype()).mul(weight.get());
    }

    @Override
    protected RmsNorm twin() {
      return new RmsNorm(config);
    }

    @Override
    protected String name() {
      return named(config, "RMSNorm");
    }

    @Override
    protected String describe() {
      return "%s, eps=%s"
          .formatted(PythonFormat.tuple(config.width()), PythonFormat.of(config.epsilon()));
    }
  }

  private static String named(LlamaConfig config, String part) {
    return config.family().prefix() + part;
  }

  // Weights are small normal numbers; biases begin at zero, norms at one.
  private void initialize() {
    namedParameters()
        .forEach((path, parameter) -> {
          if (parameter.dim() == 2) {
            Init.normal_(parameter, 0, config.initializerRange());
          } else if (path.endsWith(".bias")) {
            Init.zeros_(parameter);
          }
        });
  }

  public LlamaConfig config() {
    return config;
  }

  @Override
  public int context() {
    return config.context();
  }

  @Override
  public int vocabulary() {
    return config.vocabulary();
  }

  @Override
  public Slot<Tensor, Tensor> embedded() {
    return model.embedTokens;
  }

  @Override
  public List<Block> blocks() {
    return model.layers.asList();
  }

  @Override
  public Slot<Tensor, Tensor> finalNorm() {
    return model.norm;
  }

  @Override
  public Slot<Tensor, Tensor> head() {
    return lmHead;
  }

  @Override
  protected Llama twin() {
    return new Llama(config);
  }

  @Override
  protected String name() {
    return named(config, "ForCausalLM");
  }
}
