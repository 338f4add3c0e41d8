package dev.microtome.bench.golden;

import dev.microtome.models.Generated;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Generated token ids, which must be equal to the last one.
final class GenerationGoldens {
  private static final Pattern PENALTY = Pattern.compile("repetition_penalty_([0-9.]+)");

  private GenerationGoldens() {}

  static void check(ModelCase one) {
    LanguageModel<?> lm = one.open();
    for (Map.Entry<String, JsonNode> golden : one.expected().path("generate").properties()) {
      String name = "generate." + golden.getKey();
      one.found().attempt(name, () -> check(one, lm, name, golden.getValue()));
    }
  }

  private static void check(ModelCase one, LanguageModel<?> lm, String name, JsonNode golden) {
    GenerationOptions options = options(name, golden);
    List<String> expected = shown(ModelCase.rows(golden.path("sequences")));
    one.found().equal(name, expected, shown(generated(one, lm, golden, options)));
    if (golden.path("cache_equals_no_cache").asBoolean(false)) {
      List<long[]> uncached = generated(one, lm, golden, options.cache(false));
      one.found().equal(name + ", without cache", expected, shown(uncached));
    }
  }

  private static GenerationOptions options(String name, JsonNode golden) {
    var options =
        new GenerationOptions()
            .greedy()
            .maxNewTokens(golden.path("max_new_tokens").intValue())
            .beams(golden.path("num_beams").asInt(1));
    JsonNode stop = golden.path("eos_token_id");
    options =
        options.stopTokens(
            stop.isArray()
                ? ModelCase.longs(stop)
                : stop.isIntegralNumber() ? new long[] {stop.longValue()} : new long[0]);
    Matcher penalty = PENALTY.matcher(name);
    if (penalty.find()) {
      options = options.repetitionPenalty(Double.parseDouble(penalty.group(1)));
    }
    return options;
  }

  /// Whole rows as the golden has them: padding, prompt, continuation, padding.
  private static List<long[]> generated(
      ModelCase one, LanguageModel<?> lm, JsonNode golden, GenerationOptions options) {
    List<long[]> prompts = prompts(one, golden);
    List<Generated> results = lm.generateIds(prompts, options, (_, _, _) -> {});
    int width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
    int added = results.stream().mapToInt(result -> result.ids().length).max().orElse(0);
    long pad = golden.path("pad_token_id").asLong(0);
    var rows = new ArrayList<long[]>();
    for (Generated result : results) {
      var row = new long[width + added];
      Arrays.fill(row, pad);
      long[] sequence = result.sequence();
      System.arraycopy(sequence, 0, row, width - result.prompt().length, sequence.length);
      rows.add(row);
    }
    return rows;
  }

  private static List<long[]> prompts(ModelCase one, JsonNode golden) {
    if (golden.has("prompt")) {
      return ModelCase.rows(golden.path("prompt"));
    }
    String from = golden.path("input").asString("").replace(".*", "");
    Tensor ids = one.tensor(from + ".input_ids");
    List<long[]> masks = ModelCase.rows(one.tensor(from + ".attention_mask"));
    var prompts = new ArrayList<long[]>();
    for (long[] row : ModelCase.rows(ids)) {
      long padding = Arrays.stream(masks.get(prompts.size())).filter(bit -> bit == 0).count();
      prompts.add(Arrays.copyOfRange(row, (int) padding, row.length));
    }
    return prompts;
  }

  private static List<String> shown(List<long[]> rows) {
    return rows.stream().map(Arrays::toString).toList();
  }
}
