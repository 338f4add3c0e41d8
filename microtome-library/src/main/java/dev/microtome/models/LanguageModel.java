package dev.microtome.models;

import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Batch;
import dev.microtome.trace.Graph;
import dev.microtome.trace.Model;
import dev.microtome.trace.Run;
import dev.microtome.trace.Scan;
import dev.microtome.trace.Trace;
import dev.microtome.trace.Watch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A network with its tokenizer: text in, text or tensors out.
///
/// ```java
/// var lm = LanguageModel.shipped();
/// lm.next("The Eiffel Tower is in the city of", 3);   // [ Paris, …]
/// ```
///
/// Opening a model checks its files and reads no weights: those come with the first real run, so a
/// model can be printed, summed up and traced over at no cost. The network is in evaluation mode,
/// its weights are computed with in float32.
///
/// @param <N> the architecture, such as [Gpt2]; `network()` gives its typed parts
public final class LanguageModel<N extends CausalNetwork> {
  private final N network;
  private final @Nullable Tokenizer tokenizer;
  private final GenerationOptions defaults;
  private final String name;
  private final Prompts prompts;
  private final Model<CausalNetwork.Input, CausalNetwork.Output> model;
  private final LanguageModel<N> original;
  private @Nullable StoredWeights weights;
  private boolean hasNumbers;

  LanguageModel(
      N network,
      @Nullable Tokenizer tokenizer,
      GenerationOptions defaults,
      String name,
      @Nullable StoredWeights weights) {
    this.network = network;
    this.tokenizer = tokenizer;
    this.defaults = defaults;
    this.name = name;
    this.prompts = new Prompts(network, tokenizer, name, defaults.pad());
    this.weights = weights;
    this.model = Model.of(network, this::loadWeights, new PromptBatching(defaults.pad()));
    this.original = this;
  }

  // The same model seen with edits: `original` keeps the weights for both.
  private LanguageModel(
      LanguageModel<N> original, Model<CausalNetwork.Input, CausalNetwork.Output> edited) {
    this.network = original.network;
    this.tokenizer = original.tokenizer;
    this.defaults = original.defaults;
    this.name = original.name;
    this.prompts = original.prompts;
    this.model = edited;
    this.original = original;
  }

  /// Opens a Hugging Face folder: `config.json`, weights (`model.safetensors` or
  /// `pytorch_model.bin`, sharded or not), and where there are ones `tokenizer.json` and
  /// `generation_config.json`; or a PEFT adapter's folder, with the base model that it names.
  /// Layers of few bits run by their kernels where Java has vectors, else unpacked each time.
  ///
  /// @throws ModelFormatException when a file is missing, broken or does not fit the others
  public static LanguageModel<?> load(Path folder) {
    return ModelFolder.open(folder);
  }

  /// Opens a model by name: a folder on this machine, `gpt2-facts`, else a repository of a Hugging
  /// Face hub such as `openai-community/gpt2`, from the local cache or downloaded into it.
  ///
  /// @throws dev.microtome.models.hub.HubException when it can't be had
  /// @throws ModelFormatException when a file is missing, broken or does not fit the others
  public static LanguageModel<?> load(String folderOrRepo) {
    return ModelFolder.open(folderOrRepo);
  }

  /// The model in the library: four blocks that know 64 landmarks, their cities, countries and
  /// languages.
  public static LanguageModel<Gpt2> shipped() {
    return Gpt2.load(ShippedModel.folder());
  }

  /// A network without weights: its tree and shapes only.
  public static LanguageModel<Gpt2> skeleton(Gpt2Config config) {
    Gpt2 network = Device.META.run(() -> new Gpt2(config));
    network.eval();
    return of(network, null);
  }

  /// A network without weights: its tree and shapes only.
  public static LanguageModel<Llama> skeleton(LlamaConfig config) {
    Llama network = Device.META.run(() -> new Llama(config));
    network.eval();
    return of(network, null);
  }

  /// A network of one's own.
  public static <N extends CausalNetwork> LanguageModel<N> of(
      N network, @Nullable Tokenizer tokenizer) {
    return new LanguageModel<>(network, tokenizer, new GenerationOptions(), "this model", null);
  }

  /// A network of one's own with what its texts end with and how they are continued.
  public static <N extends CausalNetwork> LanguageModel<N> of(
      N network, @Nullable Tokenizer tokenizer, GenerationOptions defaults) {
    return new LanguageModel<>(network, tokenizer, defaults, "this model", null);
  }

  /// Writes `config.json`, `generation_config.json` and `model.safetensors`, weights as `dtype`, so
  /// that [#load] and other programs read them; low-bit layers as HQQ encodes them. The tokenizer's
  /// files are copied where the model came from a folder.
  public void save(Path folder, DType dtype) {
    loadWeights();
    ModelFolder.write(folder, network, defaults, dtype);
    ModelFolder.copyTokenizer(Path.of(name), folder);
  }

  /// A folder's network and tokenizer without weights, which need not be there.
  ///
  /// @throws ModelFormatException when a file is missing or broken
  public static LanguageModel<?> skeleton(Path folder) {
    return ModelFolder.skeleton(folder);
  }

  /// The network. Its parameters are on the meta device until [#loadWeights] or the first run.
  public N network() {
    return network;
  }

  /// The tokenizer.
  ///
  /// @throws IllegalStateException when the model was opened without one
  public Tokenizer tokenizer() {
    return prompts.words();
  }

  public boolean hasTokenizer() {
    return tokenizer != null;
  }

  /// What the model's folder says about generation.
  public GenerationOptions generationDefaults() {
    return defaults;
  }

  /// Reads the weights unless they have been read. Runs do so by themselves.
  ///
  /// @throws IllegalStateException for a skeleton, which has none
  public synchronized void loadWeights() {
    if (this != original) {
      original.loadWeights();
    } else if (weights != null) {
      weights.loadInto(network);
      weights = null;
    } else if (!hasNumbers) {
      if (network.parameters().iterator().next().device().equals(Device.META)) {
        throw new IllegalStateException(
            name + " is a skeleton without weights and can't run; load a folder");
      }
      hasNumbers = true; // each step of a generation asks
    }
  }

  // ---- text to tokens ----

  /// Token ids of a prompt, checked against the model's context and vocabulary.
  public long[] encode(String prompt) {
    return prompts.encode(prompt);
  }

  private Prompt prompt(String text) {
    return prompts.prompt(text);
  }

  Prompt promptOf(long... ids) {
    return prompts.prompt(ids);
  }

  /// The network's input for a prompt.
  public CausalNetwork.Input input(String prompt) {
    return input(encode(prompt));
  }

  /// The network's input for token ids.
  public CausalNetwork.Input input(long... ids) {
    return prompts.input(ids);
  }

  /// The network's input for several prompts, the shorter ones padded on the left.
  public CausalNetwork.Input input(List<String> prompts) {
    return inputOf(prompts.stream().map(this::encode).toList());
  }

  CausalNetwork.Input inputOf(List<long[]> ids) {
    return prompts.batch(ids).input();
  }

  // ---- running ----

  /// Runs the network; gradients are recorded unless [Grad#off].
  public CausalNetwork.Output run(CausalNetwork.Input input) {
    return model.apply(input);
  }

  /// Logits for every token of a prompt, (1, tokens, vocabulary), without gradients.
  public Tensor logits(String prompt) {
    return Grad.off(() -> Scope.run(() -> run(input(prompt)).logits()));
  }

  /// Logits for token ids (batch, tokens), differentiable.
  public Tensor logits(Tensor ids) {
    return run(new CausalNetwork.Input(ids)).logits();
  }

  /// The `k` likeliest tokens to follow a prompt, likeliest first.
  public List<NextToken> next(String prompt, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1, got " + k);
    }
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor logits = logits(prompt).select(1, -1).squeeze(0).to(DType.FLOAT32);
          var top = logits.softmax(-1).topk(Math.min(k, network.vocabulary()));
          float[] probabilities = top.values().toFloats();
          long[] ids = top.indices().toLongs();
          var found = new ArrayList<NextToken>();
          for (int i = 0; i < ids.length; i++) {
            found.add(new NextToken(ids[i], text(ids[i]), probabilities[i]));
          }
          return found;
        }));
  }

  /// A token as text; one the tokenizer does not know, as `<id>`.
  public String text(long id) {
    return prompts.text(id);
  }

  // ---- looking inside ----

  /// The network as something to be traced on any input.
  public Model<CausalNetwork.Input, CausalNetwork.Output> model() {
    return model;
  }

  /// Traces a run over a prompt; what `body` returns comes back as numbers.
  ///
  /// ```java
  /// Tensor pattern = lm.trace(prompt, t -> t.at(block.attn.attnDropout).output());
  /// ```
  public <R extends @Nullable Object> R trace(String prompt, Function<Trace, R> body) {
    return model.trace(prompt(prompt).prompted(), body);
  }

  /// Traces a run over several prompts, the shorter ones padded on the left.
  public <R extends @Nullable Object> R trace(List<String> prompts, Function<Trace, R> body) {
    return model.trace(
        Prompt.together(prompts.stream().map(this::prompt).toList(), defaults), body);
  }

  /// Traces a run over token ids.
  public <R extends @Nullable Object> R trace(long[] ids, Function<Trace, R> body) {
    return model.trace(promptOf(ids).prompted(), body);
  }

  /// Opens a trace over a prompt, to be filled step by step, run and closed.
  public Trace trace(String prompt) {
    return model.trace(prompt(prompt).prompted(), Scan.ON);
  }

  /// Records a trace to be run over any number of prompts; `example` is one of them.
  public <R extends @Nullable Object> PromptTrace<R> record(
      String example, Function<Trace, R> body) {
    return new PromptTrace<>(model.record(input(example), body), this::input, 16);
  }

  /// Traces one run over several prompts, each with interventions of its own; see [Batch].
  ///
  /// ```java
  /// var p = lm.traceBatch(batch -> new Both(
  ///     batch.invoke(prompt, t -> t.at(gpt2.lmHead).output()),
  ///     batch.invoke(other, t -> t.at(gpt2.lmHead).output())));
  /// ```
  public <R extends @Nullable Object> R traceBatch(Function<Batch<String>, R> body) {
    return model.traceBatch(text -> prompt(text).prompted(), Scan.ON, body);
  }

  /// Traces a whole generation: `t.step(i)` is its i-th step, from 0, [Trace#generated] what came
  /// out.
  public <R extends @Nullable Object> R trace(
      String prompt, GenerationOptions options, Function<Trace, R> body) {
    return model.trace(generation(options), prompt(prompt), body);
  }

  /// Traces the generation of several prompts side by side, each with interventions of its own at
  /// each step; each runs, ends and gives the tokens it would alone.
  public <R extends @Nullable Object> R traceBatch(
      GenerationOptions options, Function<Batch<String>, R> body) {
    return model.traceBatch(generation(options), batch -> body.apply(batch.from(this::prompt)));
  }

  /// Traces the generation of several sequences of token ids; needs no tokenizer.
  public <R extends @Nullable Object> R traceIdsBatch(
      GenerationOptions options, Function<Batch<long[]>, R> body) {
    return model.traceBatch(generation(options), batch -> body.apply(batch.from(this::promptOf)));
  }

  /// Several traces that belong together: `body` gets this model, and the traces it makes of it,
  /// generations too, run when it ends; see [Model#session].
  public <R extends @Nullable Object> R session(Function<LanguageModel<N>, R> body) {
    return model.session(here -> body.apply(new LanguageModel<>(original, here)));
  }

  TracedGeneration generation(GenerationOptions options) {
    return new TracedGeneration(network, model, options.over(defaults));
  }

  // ---- elsewhere ----

  /// This model, run by `host`: the same code, the same results and errors. Here it needs no
  /// weights: [#skeleton(Path)] opens a folder that has none.
  public LanguageModel<N> on(ModelHost host) {
    return new LanguageModel<>(original, model.on(runs -> host.run(this, TokenRun.of(runs))));
  }

  /// Does what a [ModelHost] does with this model, here. `watch` stands beside the runs. Weights
  /// are not changed: an operation that would is refused.
  ///
  /// @throws dev.microtome.trace.RunException when one fails
  public List<Map<Integer, Object>> run(List<TokenRun> runs, Watch watch) {
    boolean gradients = runs.stream().anyMatch(TokenRun::gradients);
    List<Run> here = runs.stream().map(run -> run.on(this)).toList();
    return gradients
        ? Grad.on(() -> model.run(here, watch))
        : Grad.off(() -> model.run(here, watch));
  }

  /// This model with the edits `body` makes in every run, generation included: the same weights,
  /// seen differently. `prompt` is an example to check the edits on; this model stays as it is.
  public LanguageModel<N> edit(String prompt, Function<Trace, ?> body) {
    return new LanguageModel<>(original, model.edit(input(prompt), body));
  }

  /// This model with the edits of a graph, such as one that was saved, in place of its own.
  public LanguageModel<N> withEdits(Graph edits) {
    return new LanguageModel<>(original, model.withEdits(edits));
  }

  // ---- generating ----

  /// Continues a prompt by at most `maxNewTokens` tokens.
  public Generated generate(String prompt, int maxNewTokens) {
    return generate(prompt, new GenerationOptions().maxNewTokens(maxNewTokens));
  }

  public Generated generate(String prompt, GenerationOptions options) {
    return generate(prompt, options, _ -> {});
  }

  /// Continues a prompt; `onText` gets the new text piece by piece, in whole characters.
  public Generated generate(String prompt, GenerationOptions options, Consumer<String> onText) {
    return generateIds(List.of(encode(prompt)), options, (_, _, text) -> onText.accept(text))
        .getFirst();
  }

  /// Continues several prompts in one batch; each as it would be alone.
  public List<Generated> generateAll(List<String> prompts, GenerationOptions options) {
    return generateIds(prompts.stream().map(this::encode).toList(), options, (_, _, _) -> {});
  }

  /// Continues sequences of token ids; needs no tokenizer.
  public List<Generated> generateIds(
      List<long[]> prompts, GenerationOptions options, TokenListener listener) {
    GenerationOptions settings = options.over(defaults);
    return new Generation(network, model, tokenizer, settings)
        .run(this.prompts.batch(prompts), listener);
  }

  @Override
  public String toString() {
    return network.toString();
  }
}
