package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.models.interpret.LogitLens;
import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.nn.Summary;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against recordings of the Python original, and what must hold for any network.
class LlamaTest {
  private static final String SHARED_HEADS = "llama-gqa-tied-bf16";

  @BeforeEach
  void seed() {
    Torch.manualSeed(7);
  }

  private static Path folder(String name) {
    return ModelFiles.resource("models/" + name);
  }

  private static Safetensors expected(String name) {
    return Safetensors.open(folder(name).resolve("expected.safetensors"));
  }

  private static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.allClose(expected, tolerance, tolerance)).isTrue();
  }

  private static LanguageModel<Llama> fresh(LlamaConfig config) {
    var network = new Llama(config);
    network.eval();
    return LanguageModel.of(network, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {SHARED_HEADS, "qwen2-f32"})
  void the_tree_prints_as_in_python(String name) throws IOException {
    assertThat(Llama.load(folder(name)))
        .hasToString(Files.readString(folder(name).resolve("module_tree.txt")).strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {SHARED_HEADS, "qwen2-f32"})
  void logits_agree(String name) {
    try (var golden = expected(name)) {
      Tensor logits = Grad.off(() -> Llama.load(folder(name)).logits(golden.tensor("input_ids")));

      assertClose(logits, golden.tensor("logits"), 2e-4);
    }
  }

  @Test
  void patterns_and_turned_keys_are_read_where_they_pass() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    Llama.Attention attention = lm.network().blocks().getFirst().selfAttn;
    record Seen(Tensor pattern, Tensor key, Tensor value) {}

    try (var golden = expected(SHARED_HEADS)) {
      Tensor first = golden.tensor("input_ids").narrow(0, 0, 1);
      Seen seen =
          lm.model()
              .trace(
                  new CausalNetwork.Input(first),
                  t ->
                      new Seen(
                          t.at("model.layers.0.self_attn.pattern").output(),
                          t.at(attention.key).output(),
                          t.at(attention.value).output()));

      assertClose(seen.pattern(), golden.tensor("attentions.0"), 2e-4);
      assertClose(seen.key(), golden.tensor("past.0.key"), 2e-4);
      assertClose(seen.value(), golden.tensor("past.0.value"), 2e-4);
    }
  }

  @Test
  void a_pattern_that_is_changed_changes_what_is_joined() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    TransformerBlock block = lm.network().blocks().get(1);

    Tensor joined =
        lm.trace(
            new long[] {5, 6, 7},
            t -> {
              t.at(block.pattern()).output().at(":", 3).set(0);
              return t.at(block.join()).input();
            });

    Tensor heads = joined.unflatten(2, 8, 8).abs().sum(0, 1, 3);
    assertThat(heads.select(0, 3).item()).isZero();
    assertThat(heads.select(0, 2).item()).isPositive();
  }

  @Test
  void padding_disturbs_nothing() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    Grad.off(() -> {
      try (var golden = expected(SHARED_HEADS)) {
        Tensor ids = golden.tensor("leftpad.input_ids");
        Tensor mask = golden.tensor("leftpad.attention_mask");
        Tensor logits = lm.run(new CausalNetwork.Input(ids, mask)).logits();
        for (long row = 0; row < ids.size(0); row++) {
          long padding = ids.size(1) - mask.select(0, row).sum().itemLong();
          Tensor alone = lm.logits(ids.narrow(0, row, 1).narrow(1, padding, ids.size(1) - padding));
          Tensor together = logits.narrow(0, row, 1).narrow(1, padding, alone.size(1));
          assertThat(together.sub(alone).abs().max().item()).isLessThanOrEqualTo(1e-5);
        }
      }
      return true;
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void generated_tokens_are_equal_with_and_without_cache(boolean cache) {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    var options = new GenerationOptions().greedy().maxNewTokens(16).cache(cache).stopTokens();

    List<Generated> generated =
        lm.generateIds(List.of(new long[] {156, 64, 33, 50, 52, 45}), options, (_, _, _) -> {});

    assertThat(generated.getFirst().ids())
        .containsExactly(24, 87, 12, 12, 12, 130, 71, 133, 133, 55, 76, 86, 55, 125, 125, 125);
  }

  @Test
  void half_precision_weights_are_computed_with_in_float32() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    lm.loadWeights();

    assertThat(lm.network().config().dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(lm.network().tensor("model.norm.weight").dtype()).isEqualTo(DType.FLOAT32);
  }

  @Test
  void a_network_can_be_computed_with_in_half_precision() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    Tensor ids = Tensor.of(new long[][] {{3, 4, 5, 6}});
    Tensor exact = Grad.off(() -> lm.logits(ids));
    lm.network().to(DType.BFLOAT16);

    Tensor rounded = Grad.off(() -> lm.logits(ids));

    assertThat(rounded.dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(rounded.to(DType.FLOAT32).sub(exact).abs().max().item()).isBetween(1e-4, 0.3);
  }

  @Test
  void shapes_are_known_without_numbers() {
    var config = LlamaConfig.of(64000, 2048, 2048, 22, 32, 5632).withKeyHeads(4);
    LanguageModel<Llama> lm = LanguageModel.skeleton(config);
    Tensor ids = Tensor.zeros(new Shape(2, 7), DType.INT64);

    var output = lm.network().apply(new CausalNetwork.Input(ShapeOnly.of(ids)));
    Summary summary = Summary.of(lm.network(), new CausalNetwork.Input(ids));

    assertThat(output.logits().shape()).isEqualTo(new Shape(2, 7, 64000));
    assertThat(output.cache().layers().getLast().key().shape()).isEqualTo(new Shape(2, 4, 7, 64));
    assertThat(summary.parameters()).isEqualTo(lm.network().parameterCount());
    assertThat(summary.rows())
        .extracting(Summary.Row::path)
        .contains("model.layers.21.self_attn.q_proj")
        .doesNotContain("model.layers.21.self_attn.pattern");
    assertThat(lm.network().tensor("lm_head.weight").device()).isEqualTo(Device.META);
  }

  @Test
  void a_window_hides_what_is_far_back() {
    var config = windowed(LlamaConfig.of(40, 32, 16, 1, 2, 24), 3);
    Llama network = fresh(config).network();
    Tensor ids = Tensor.of(new long[][] {{1, 2, 3, 4, 5, 6}, {9, 8, 3, 4, 5, 6}});

    Tensor logits = Grad.off(() -> network.apply(new CausalNetwork.Input(ids)).logits());

    Tensor apart = logits.select(0, 0).sub(logits.select(0, 1)).abs().amax(-1, false);
    assertThat(apart.narrow(0, 4, 2).max().item()).isZero();
    assertThat(apart.narrow(0, 0, 4).min().item()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void a_window_hides_the_same_step_by_step(int beams) {
    LanguageModel<Llama> lm = fresh(windowed(LlamaConfig.of(40, 32, 16, 3, 4, 24), 4));
    var options = new GenerationOptions().greedy().maxNewTokens(20).beams(beams);
    List<long[]> prompts = List.of(new long[] {1, 2, 3, 4, 5, 6}, new long[] {7, 8});

    List<Generated> cached = lm.generateIds(prompts, options, (_, _, _) -> {});
    List<Generated> whole = lm.generateIds(prompts, options.cache(false), (_, _, _) -> {});

    for (int row = 0; row < prompts.size(); row++) {
      assertThat(cached.get(row).ids()).isEqualTo(whole.get(row).ids());
    }
  }

  private static LlamaConfig windowed(LlamaConfig plain, int window) {
    return new LlamaConfig(
        LlamaConfig.Family.MISTRAL,
        plain.vocabulary(),
        plain.positions(),
        plain.width(),
        plain.layers(),
        plain.heads(),
        plain.heads() / 2,
        plain.headWidth(),
        plain.innerWidth(),
        plain.activation(),
        false,
        false,
        false,
        0,
        plain.epsilon(),
        1, // large weights: every token matters
        plain.base(),
        plain.scaling(),
        java.util.Collections.nCopies(plain.layers(), window),
        false,
        DType.FLOAT32);
  }

  @Test
  void a_saved_model_loads_as_it_was(@TempDir Path dir) {
    LlamaConfig config = windowed(LlamaConfig.of(40, 32, 16, 2, 4, 24), 5);
    LanguageModel<Llama> lm = fresh(config);
    Tensor ids = Tensor.of(new long[][] {{1, 2, 3, 4}});

    lm.save(dir, DType.FLOAT32);
    LanguageModel<Llama> loaded = Llama.load(dir);

    assertThat(loaded.network().config()).isEqualTo(config);
    assertThat(loaded.logits(ids).equal(lm.logits(ids))).isTrue();
  }

  @Test
  void a_copy_computes_the_same() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    Tensor ids = Tensor.of(new long[][] {{1, 2, 3, 4}});
    Tensor logits = lm.logits(ids);

    var copy = (Llama) lm.network().copy();

    assertThat(copy.apply(new CausalNetwork.Input(ids)).logits().equal(logits)).isTrue();
    assertThat(copy).hasToString(lm.toString());
  }

  @Test
  void a_block_runs_on_its_own() {
    LanguageModel<Llama> lm = Llama.load(folder(SHARED_HEADS));
    Llama.Block block = lm.network().blocks().getFirst();
    record Stream(Tensor before, Tensor after) {}

    Stream stream =
        lm.trace(
            new long[] {5, 6, 7},
            t -> new Stream(t.at(lm.network().embedded()).output(), t.at(block).output()));

    assertClose(block.apply(new BlockInput(stream.before())), stream.after(), 1e-6);
  }

  @Test
  void a_lens_reads_every_depth() {
    Tokenizer tokenizer =
        Tokenizer.read(ModelFiles.resource("tokenizers/stories260K/tokenizer.json"));
    var network = new Llama(LlamaConfig.of(512, 64, 16, 2, 2, 24));
    network.eval();
    LanguageModel<Llama> lm = LanguageModel.of(network, tokenizer);

    LogitLens lens = LogitLens.of(lm, "Once upon a time", 2);

    assertThat(lens.layers())
        .extracting(LogitLens.Row::path)
        .containsExactly("model.embed_tokens", "model.layers.0", "model.layers.1");
    NextToken next = lm.next("Once upon a time", 1).getFirst();
    assertThat(lens.prediction().getFirst().id()).isEqualTo(next.id());
    assertThat(lens.prediction().getFirst().probability())
        .isCloseTo(next.probability(), within(1e-5));
  }
}
