package dev.microtome.models;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Dropout;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LayerList;
import dev.microtome.nn.LayerNorm;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/// GPT-2 (Radford et al. 2019), from token ids to logits, from top to bottom. Names are the
/// checkpoint's; every step says its shape, with these letters:
///
/// B sequences · T tokens · S tokens including the cache · C width · H heads · V vocabulary
public final class Gpt2 extends CausalNetwork {
  public final Transformer transformer;
  public final Slot<Tensor, Tensor> lmHead;
  private final Gpt2Config config;

  /// A network with fresh weights, in training mode. Under `Device.META.run(…)` it has shapes only
  /// and costs nothing.
  public Gpt2(Gpt2Config config) {
    this.config = config;
    transformer = child("transformer", new Transformer(config));
    lmHead = slot("lm_head", new Linear(config.width(), config.vocabulary(), false));
    initialize();
    if (config.tiedHead()) {
      tie("lm_head.weight", "transformer.wte.weight");
    }
  }

  /// Opens a Hugging Face folder; see [LanguageModel#load].
  public static LanguageModel<Gpt2> load(Path folder) {
    return ModelFolder.open(folder, Gpt2.class);
  }

  @Override
  protected Output forward(Input in) {
    check(in);
    var pass = ForwardPass.of(in);
    Tensor x = transformer.apply(new Tokens(in.ids(), pass.positions(in.ids().size(1)), pass));
    int wanted = in.lastLogits();
    if (wanted > 0 && wanted < x.size(1)) {
      x = x.narrow(1, x.size(1) - wanted, wanted);
    }
    return new Output(lmHead.apply(x), pass.cache(in.ids().size(1))); // (B, T, V)
  }

  /// Ids and positions, both (B, T).
  public record Tokens(Tensor ids, Tensor positions, ForwardPass pass) {
    /// Whole sequences without padding, or with padding after their end.
    public Tokens(Tensor ids) {
      this(ids, Tensor.arange(ids.size(1)).expandAs(ids), new ForwardPass());
    }
  }

  /// Everything below the head: embeddings, blocks, final norm.
  public static final class Transformer extends Layer<Tokens, Tensor> {
    public final Slot<Tensor, Tensor> wte; // what each token is
    public final Slot<Tensor, Tensor> wpe; // where it stands
    public final Slot<Tensor, Tensor> drop;
    public final LayerList<Block> h;
    public final Slot<Tensor, Tensor> lnF;
    private final Gpt2Config config;

    Transformer(Gpt2Config config) {
      this.config = config;
      wte = slot("wte", new Embedding(config.vocabulary(), config.width()));
      wpe = slot("wpe", new Embedding(config.context(), config.width()));
      drop = slot("drop", new Dropout(config.embeddingDropout()));
      h = child("h", LayerList.of(config.layers(), index -> new Block(config, index)));
      lnF = slot("ln_f", new LayerNorm(config.width(), config.epsilon()));
    }

    @Override
    protected Tensor forward(Tokens in) {
      Tensor x = wte.apply(in.ids()).add(wpe.apply(in.positions())); // (B, T, C)
      x = drop.apply(x);
      for (Block block : h) {
        x = block.apply(new BlockInput(x, in.pass())); // (B, T, C)
      }
      return lnF.apply(x);
    }

    @Override
    protected Transformer twin() {
      return new Transformer(config);
    }

    @Override
    protected String name() {
      return "GPT2Model";
    }
  }

  /// Attention moves information between tokens, the MLP works on each token; both add to the
  /// stream.
  public static final class Block extends TransformerBlock {
    public final Slot<Tensor, Tensor> ln1;
    public final Attention attn;
    public final Slot<Tensor, Tensor> ln2;
    public final Mlp mlp;
    private final Gpt2Config config;
    private final int index;

    Block(Gpt2Config config, int index) {
      this.config = config;
      this.index = index;
      ln1 = slot("ln_1", new LayerNorm(config.width(), config.epsilon()));
      attn = child("attn", new Attention(config, index));
      ln2 = slot("ln_2", new LayerNorm(config.width(), config.epsilon()));
      mlp = child("mlp", new Mlp(config));
    }

    @Override
    protected Tensor forward(BlockInput in) {
      Tensor x = in.x().add(attn.apply(new BlockInput(ln1.apply(in.x()), in.pass())));
      return x.add(mlp.apply(ln2.apply(x))); // (B, T, C)
    }

    @Override
    public Attention attention() {
      return attn;
    }

    @Override
    public Mlp mlp() {
      return mlp;
    }

    @Override
    public Slot<Tensor, Tensor> queries() {
      return attn.query;
    }

    @Override
    public Slot<Tensor, Tensor> keys() {
      return attn.key;
    }

    @Override
    public Slot<Tensor, Tensor> values() {
      return attn.value;
    }

    @Override
    public Slot<Tensor, Tensor> pattern() {
      return attn.attnDropout;
    }

    @Override
    public Slot<Tensor, Tensor> join() {
      return attn.cProj;
    }

    @Override
    public int heads() {
      return config.heads();
    }

    @Override
    protected Block twin() {
      return new Block(config, index);
    }

    @Override
    protected String name() {
      return "GPT2Block";
    }
  }

  /// Causal self-attention. Queries, keys and values, (B, H, T, C/H), pass through places of their
  /// own and the pattern, (B, H, T, S), through `attnDropout`: there a trace can read and change
  /// them. The heads' results side by side, (B, T, C), are the input of `cProj`.
  public static final class Attention extends Layer<BlockInput, Tensor> {
    public final Slot<Tensor, Tensor> cAttn;
    public final Slot<Tensor, Tensor> cProj;
    public final Slot<Tensor, Tensor> attnDropout;
    public final Slot<Tensor, Tensor> residDropout;
    public final Slot<Tensor, Tensor> query = inner("query", new Identity<>());
    public final Slot<Tensor, Tensor> key = inner("key", new Identity<>());
    public final Slot<Tensor, Tensor> value = inner("value", new Identity<>());
    private final Gpt2Config config;
    private final int index;

    Attention(Gpt2Config config, int index) {
      this.config = config;
      this.index = index;
      cAttn = slot("c_attn", new Conv1D(3L * config.width(), config.width()));
      cProj = slot("c_proj", new Conv1D(config.width(), config.width()));
      attnDropout = slot("attn_dropout", new Dropout(config.attentionDropout()));
      residDropout = slot("resid_dropout", new Dropout(config.residualDropout()));
    }

    @Override
    protected Tensor forward(BlockInput in) {
      Tensor qkv = cAttn.apply(in.x()); // (B, T, 3 · C)
      Tensor query = this.query.apply(heads(qkv, 0)); // (B, H, T, C/H)
      Tensor key = this.key.apply(heads(qkv, 1));
      Tensor value = this.value.apply(heads(qkv, 2));
      var seen = in.pass().extend(index, key, value); // (B, H, S, C/H)
      long tokens = query.size(-2);
      Tensor mixed = // (B, H, T, C/H)
          isPatternUnseen() && in.pass().isOnlyCausal(tokens)
              ? query.scaledDotProductAttention(seen.key(), seen.value(), null, tokens > 1)
              : attnDropout
                  .apply(pattern(query, seen.key(), in.pass())) // (B, H, T, S)
                  .matmul(seen.value());
      Tensor joined = mixed.transpose(1, 2).flatten(2, 3); // (B, T, C)
      return residDropout.apply(cProj.apply(joined));
    }

    // Then libtorch need not write the pattern out: up to five times faster, equal to some 1e-7.
    private boolean isPatternUnseen() {
      return Block.isUnseen(attnDropout)
          && config.scaleScores()
          && !config.scaleByLayer()
          && !config.upcastScores();
    }

    // Not by split, whose results autograd does not let a trace write to.
    private Tensor heads(Tensor qkv, int third) {
      long width = config.width();
      return qkv.narrow(2, third * width, width).unflatten(2, config.heads(), -1).transpose(1, 2);
    }

    private Tensor pattern(Tensor query, Tensor key, ForwardPass pass) {
      DType dtype = query.dtype();
      boolean upcast = config.upcastScores() && dtype != DType.FLOAT32;
      Tensor q = upcast ? query.to(DType.FLOAT32) : query;
      Tensor k = upcast ? key.to(DType.FLOAT32) : key;
      Tensor scores = q.matmul(k.transpose(-2, -1)).mul(scale());
      Tensor pattern = pass.masked(scores, 0).softmax(-1);
      return upcast ? pattern.to(dtype) : pattern;
    }

    private double scale() {
      double scale =
          config.scaleScores() ? 1 / Math.sqrt((double) config.width() / config.heads()) : 1;
      return config.scaleByLayer() ? scale / (index + 1) : scale;
    }

    @Override
    protected Attention twin() {
      return new Attention(config, index);
    }

    @Override
    protected String name() {
      return "GPT2Attention";
    }
  }

  /// Two linear layers with a non-linearity between.
  public static final class Mlp extends Layer<Tensor, Tensor> {
    public final Slot<Tensor, Tensor> cFc;
    public final Slot<Tensor, Tensor> cProj;
    public final Slot<Tensor, Tensor> act;
    public final Slot<Tensor, Tensor> dropout;
    private final Gpt2Config config;

    Mlp(Gpt2Config config) {
      this.config = config;
      cFc = slot("c_fc", new Conv1D(config.innerWidth(), config.width()));
      cProj = slot("c_proj", new Conv1D(config.width(), config.innerWidth()));
      act = slot("act", Activation.named(config.activation()));
      dropout = slot("dropout", new Dropout(config.residualDropout()));
    }

    @Override
    protected Tensor forward(Tensor x) {
      Tensor inner = act.apply(cFc.apply(x)); // (B, T, inner width)
      return dropout.apply(cProj.apply(inner)); // (B, T, C)
    }

    @Override
    protected Mlp twin() {
      return new Mlp(config);
    }

    @Override
    protected String name() {
      return "GPT2MLP";
    }
  }

  // Weights are small normal numbers, those that write into the stream the smaller the deeper the
  // network is, so that the stream does not grow with depth; biases and norms begin neutral.
  private void initialize() {
    double std = config.initializerRange();
    namedParameters()
        .forEach((path, parameter) -> {
          if (path.endsWith("c_proj.weight")) {
            Init.normal_(parameter, 0, std / Math.sqrt(2.0 * config.layers()));
          } else if (path.endsWith(".weight") && parameter.dim() == 2) {
            Init.normal_(parameter, 0, std);
          }
        });
  }

  public Gpt2Config config() {
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
    return transformer.drop;
  }

  @Override
  public List<Block> blocks() {
    return transformer.h.asList();
  }

  @Override
  public Slot<Tensor, Tensor> finalNorm() {
    return transformer.lnF;
  }

  @Override
  public Slot<Tensor, Tensor> head() {
    return lmHead;
  }

  @Override
  protected Gpt2 twin() {
    return new Gpt2(config);
  }

  @Override
  protected String name() {
    return "GPT2LMHeadModel";
  }
}
