package dev.microtome.models;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How text is generated. What is not set comes from the model's `generation_config.json`, and what
/// that leaves open has the defaults named below. Immutable: each setter returns a changed copy.
///
/// ```java
/// lm.generate("The Colosseum is", new GenerationOptions().maxNewTokens(8).temperature(0.7).seed(1));
/// ```
///
/// Setting temperature, top-k, top-p, min-p or typical-p turns sampling on; otherwise the likeliest
/// token is taken each time.
public final class GenerationOptions implements Cloneable {
  @Nullable Integer maxNewTokens;
  @Nullable Integer maxLength;
  @Nullable Integer minNewTokens;
  @Nullable Integer minLength;
  @Nullable Boolean sample;
  @Nullable Double temperature;
  @Nullable Integer topK;
  @Nullable Double topP;
  @Nullable Double minP;
  @Nullable Double typicalP;
  @Nullable Double repetitionPenalty;
  @Nullable Integer noRepeatNgram;
  @Nullable Integer beams;
  @Nullable Double lengthPenalty;
  @Nullable Boolean useCache;
  @Nullable List<Long> stopTokens;
  @Nullable Long padToken;
  @Nullable Long bosToken;
  @Nullable Long seed;
  @Nullable List<List<Long>> badWords;
  @Nullable List<Long> suppressed;

  /// Nothing set.
  public GenerationOptions() {}

  /// Most tokens to add to the prompt; 20 when nothing says how many.
  public GenerationOptions maxNewTokens(int count) {
    require(count > 0, "maxNewTokens must be at least 1, got " + count);
    return with(o -> o.maxNewTokens = count);
  }

  /// No stop token before so many new ones.
  public GenerationOptions minNewTokens(int count) {
    require(count >= 0, "minNewTokens can't be negative, got " + count);
    return with(o -> o.minNewTokens = count);
  }

  /// Always the likeliest token, whatever the model's own settings say.
  public GenerationOptions greedy() {
    return with(o -> o.sample = false);
  }

  /// Draws each token by its probability.
  public GenerationOptions sample() {
    return with(o -> o.sample = true);
  }

  /// Divides the logits: below 1 bolder, above 1 wilder.
  public GenerationOptions temperature(double temperature) {
    require(
        temperature > 0 && temperature < 1e6,
        "temperature must be above 0, got " + temperature + "; use greedy() for 0");
    return with(o -> {
      o.temperature = temperature;
      o.sample = true;
    });
  }

  /// Draws among the `k` likeliest; 50 when sampling, 0 for all.
  public GenerationOptions topK(int k) {
    require(k >= 0, "topK can't be negative, got " + k);
    return with(o -> {
      o.topK = k;
      o.sample = true;
    });
  }

  /// Draws among the likeliest that together have probability `p`.
  public GenerationOptions topP(double p) {
    require(p > 0 && p <= 1, "topP must be above 0 and at most 1, got " + p);
    return with(o -> {
      o.topP = p;
      o.sample = true;
    });
  }

  /// Draws among those at least `p` times as likely as the likeliest.
  public GenerationOptions minP(double p) {
    require(p >= 0 && p <= 1, "minP must be within 0 and 1, got " + p);
    return with(o -> {
      o.minP = p;
      o.sample = true;
    });
  }

  /// Draws among those whose surprise is nearest to the expected one, together of probability `p`.
  public GenerationOptions typicalP(double p) {
    require(p > 0 && p <= 1, "typicalP must be above 0 and at most 1, got " + p);
    return with(o -> {
      o.typicalP = p;
      o.sample = true;
    });
  }

  /// Makes tokens seen before less likely (Keskar et al. 2019); 1 does nothing.
  public GenerationOptions repetitionPenalty(double penalty) {
    require(penalty > 0 && penalty < 1e6, "repetitionPenalty must be above 0, got " + penalty);
    return with(o -> o.repetitionPenalty = penalty);
  }

  /// No sequence of `n` tokens comes twice; 0 allows all.
  public GenerationOptions noRepeatNgram(int n) {
    require(n >= 0, "noRepeatNgram can't be negative, got " + n);
    return with(o -> o.noRepeatNgram = n);
  }

  /// Follows the `n` likeliest continuations side by side and keeps the best.
  public GenerationOptions beams(int n) {
    require(n >= 1 && n <= 1024, "beams must be within 1 and 1024, got " + n);
    return with(o -> o.beams = n);
  }

  /// Divides a beam's score by its length to this power; 1.
  public GenerationOptions lengthPenalty(double power) {
    require(Double.isFinite(power), "lengthPenalty must be finite, got " + power);
    return with(o -> o.lengthPenalty = power);
  }

  /// Tokens that end a text; none given means that it never ends early.
  public GenerationOptions stopTokens(long... ids) {
    List<Long> list = java.util.Arrays.stream(ids).boxed().toList();
    return with(o -> o.stopTokens = list);
  }

  /// Fills the rows of a batch that ended early; the first stop token unless given.
  public GenerationOptions padToken(long id) {
    require(id >= 0, "padToken can't be negative, got " + id);
    return with(o -> o.padToken = id);
  }

  /// Makes sampling repeatable; without it the numbers follow the process's generator.
  public GenerationOptions seed(long seed) {
    return with(o -> o.seed = seed);
  }

  /// Token sequences that must not appear.
  public GenerationOptions badWords(List<List<Long>> words) {
    List<List<Long>> copy = words.stream().map(List::copyOf).toList();
    require(copy.stream().noneMatch(List::isEmpty), "a bad word can't be empty");
    return with(o -> o.badWords = copy);
  }

  /// Tokens that must not appear.
  public GenerationOptions suppressed(long... ids) {
    List<Long> list = java.util.Arrays.stream(ids).boxed().toList();
    return with(o -> o.suppressed = list);
  }

  /// Whether keys and values are kept between steps, on unless switched off: slower and equal.
  public GenerationOptions cache(boolean on) {
    return with(o -> o.useCache = on);
  }

  static GenerationOptions read(ConfigFile json) {
    var o = new GenerationOptions();
    o.maxNewTokens = json.optionalSize(1, 1 << 24, "max_new_tokens");
    o.maxLength = json.optionalSize(1, 1 << 24, "max_length");
    o.minNewTokens = json.optionalSize(0, 1 << 24, "min_new_tokens");
    o.minLength = json.optionalSize(0, 1 << 24, "min_length");
    o.sample = json.optionalFlag("do_sample");
    o.temperature = json.optionalNumber(1e-9, 1e6, "temperature");
    o.topK = json.optionalSize(0, 1 << 24, "top_k");
    o.topP = json.optionalNumber(1e-9, 1, "top_p");
    o.minP = json.optionalNumber(0, 1, "min_p");
    o.typicalP = json.optionalNumber(1e-9, 1, "typical_p");
    o.repetitionPenalty = json.optionalNumber(1e-9, 1e6, "repetition_penalty");
    o.noRepeatNgram = json.optionalSize(0, 1 << 24, "no_repeat_ngram_size");
    o.beams = json.optionalSize(1, 1024, "num_beams");
    o.lengthPenalty = json.optionalNumber(-1e3, 1e3, "length_penalty");
    o.useCache = json.optionalFlag("use_cache");
    o.stopTokens = json.ids("eos_token_id");
    o.padToken = json.id("pad_token_id");
    o.bosToken = json.id("bos_token_id");
    o.badWords = json.idLists("bad_words_ids");
    o.suppressed = json.ids("suppress_tokens");
    return o;
  }

  /// These options, completed by `others` where they say nothing.
  GenerationOptions over(GenerationOptions others) {
    GenerationOptions o = copy();
    boolean lengthSet = o.maxNewTokens != null;
    o.maxNewTokens = first(o.maxNewTokens, others.maxNewTokens);
    o.maxLength = lengthSet ? null : first(o.maxLength, others.maxLength);
    o.minNewTokens = first(o.minNewTokens, others.minNewTokens);
    o.minLength = first(o.minLength, others.minLength);
    o.sample = first(o.sample, others.sample);
    o.temperature = first(o.temperature, others.temperature);
    o.topK = first(o.topK, others.topK);
    o.topP = first(o.topP, others.topP);
    o.minP = first(o.minP, others.minP);
    o.typicalP = first(o.typicalP, others.typicalP);
    o.repetitionPenalty = first(o.repetitionPenalty, others.repetitionPenalty);
    o.noRepeatNgram = first(o.noRepeatNgram, others.noRepeatNgram);
    o.beams = first(o.beams, others.beams);
    o.lengthPenalty = first(o.lengthPenalty, others.lengthPenalty);
    o.useCache = first(o.useCache, others.useCache);
    o.stopTokens = first(o.stopTokens, others.stopTokens);
    o.padToken = first(o.padToken, others.padToken);
    o.bosToken = first(o.bosToken, others.bosToken);
    o.badWords = first(o.badWords, others.badWords);
    o.suppressed = first(o.suppressed, others.suppressed);
    o.seed = first(o.seed, others.seed);
    return o;
  }

  boolean samples() {
    return Boolean.TRUE.equals(sample);
  }

  /// Whether keys and values are kept from step to step.
  boolean caches() {
    return !Boolean.FALSE.equals(useCache);
  }

  /// Tokens that end a text; empty when it never ends early.
  public List<Long> stops() {
    return stopTokens == null ? List.of() : stopTokens;
  }

  /// What fills rows that have ended, and stands left of shorter prompts.
  public long pad() {
    return padToken != null ? padToken : stops().isEmpty() ? 0 : stops().getFirst();
  }

  /// How many tokens may be added to a prompt of `promptLength`.
  int newTokens(int promptLength) {
    if (maxNewTokens != null) {
      return maxNewTokens;
    }
    return maxLength == null ? 20 : Math.max(1, maxLength - promptLength);
  }

  /// The keys of a `generation_config.json` that was given these; what one can't hold is left out.
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    put(json, "bos_token_id", bosToken);
    put(
        json,
        "eos_token_id",
        stopTokens != null && stopTokens.size() == 1 ? stops().getFirst() : stopTokens);
    put(json, "pad_token_id", padToken);
    put(json, "max_new_tokens", maxNewTokens);
    put(json, "max_length", maxLength);
    put(json, "do_sample", sample);
    put(json, "temperature", temperature);
    put(json, "top_k", topK);
    put(json, "top_p", topP);
    put(json, "min_p", minP);
    put(json, "repetition_penalty", repetitionPenalty);
    put(json, "no_repeat_ngram_size", noRepeatNgram);
    put(json, "num_beams", beams);
    return json;
  }

  /// The most tokens that may be added to the longest of `prompts`.
  public int longest(List<long[]> prompts) {
    return prompts.stream().mapToInt(prompt -> newTokens(prompt.length)).max().orElse(0);
  }

  /// Everything set, which [#of] reads again.
  public Map<String, Object> settings() {
    Map<String, Object> json = json();
    put(json, "min_new_tokens", minNewTokens);
    put(json, "min_length", minLength);
    put(json, "typical_p", typicalP);
    put(json, "length_penalty", lengthPenalty);
    put(json, "use_cache", useCache);
    put(json, "bad_words_ids", badWords);
    put(json, "suppress_tokens", suppressed);
    put(json, "seed", seed);
    return json;
  }

  /// Options as [#settings] writes them; keys it does not know are ignored.
  ///
  /// @throws IllegalArgumentException when a value is out of its range
  public static GenerationOptions of(JsonNode settings) {
    ConfigFile json = ConfigFile.of("generate", settings);
    GenerationOptions options = read(json);
    options.seed = json.optionalLong("seed");
    return options;
  }

  private static void put(Map<String, Object> json, String key, @Nullable Object value) {
    if (value != null) {
      json.put(key, value);
    }
  }

  private static <T> @Nullable T first(@Nullable T mine, @Nullable T others) {
    return mine != null ? mine : others;
  }

  private GenerationOptions with(Consumer<GenerationOptions> change) {
    GenerationOptions changed = copy();
    change.accept(changed);
    return changed;
  }

  private GenerationOptions copy() {
    try {
      return (GenerationOptions) clone();
    } catch (CloneNotSupportedException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
