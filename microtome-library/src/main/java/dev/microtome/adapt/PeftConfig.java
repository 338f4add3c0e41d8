package dev.microtome.adapt;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What PEFT's `adapter_config.json` says about an adapter.
///
/// @param settings what holds unless a pattern says otherwise
/// @param targets which layers are meant
/// @param rankPattern ranks of layers by name or pattern; the first that fits counts
/// @param alphaPattern alphas likewise
/// @param transposed whether the base's weights are (in, out), as GPT-2's are
/// @param baseModel the name of the model it was made for, or null
/// @param taskType such as `CAUSAL_LM`, or null
public record PeftConfig(
    Lora settings,
    PeftTargets targets,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    boolean transposed,
    @Nullable String baseModel,
    @Nullable String taskType) {
  public PeftConfig {
    rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
    alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
  }

  /// The configuration of an adapter that is there.
  ///
  /// @param parts of the adapter by path
  public static PeftConfig of(
      Map<String, LowRank> parts, boolean transposed, @Nullable String baseModel) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("an adapter without layers can't be described");
    }
    Lora first = parts.values().iterator().next().settings();
    var ranks = new LinkedHashMap<String, Integer>();
    var alphas = new LinkedHashMap<String, Double>();
    parts.forEach((path, part) -> {
      Lora own = part.settings();
      if (!own.rank(first.rank(), first.alpha()).equals(first)) {
        throw new IllegalArgumentException(
            "%s has settings that one file can't hold beside the others': %s and %s"
                .formatted(path, own, first));
      }
      if (own.rank() != first.rank()) {
        ranks.put(path, own.rank());
      }
      if (own.alpha() != first.alpha()) {
        alphas.put(path, own.alpha());
      }
    });
    return new PeftConfig(
        first, new PeftTargets(names(parts)), ranks, alphas, transposed, baseModel, "CAUSAL_LM");
  }

  /// Whole paths: shorter names could fit layers that have no adapter.
  private static List<String> names(Map<String, LowRank> parts) {
    return List.copyOf(new TreeSet<>(parts.keySet()));
  }

  /// The settings of one layer.
  public Lora settings(String path) {
    return settings.rank(
        first(rankPattern, path, settings.rank()), first(alphaPattern, path, settings.alpha()));
  }

  private static <T> T first(Map<String, T> patterns, String path, T otherwise) {
    return patterns.entrySet().stream()
        .filter(entry -> PathPattern.suffix(entry.getKey()).fits(path))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(otherwise);
  }

  /// Whether a layer is a target; what is trained whole is none.
  public Predicate<String> rule() {
    return settings.whole().outside().and(targets.rule());
  }

  /// The key-value pairs of the file, in PEFT's order, which is the alphabet's.
  Map<String, @Nullable Object> json() {
    var json = new TreeMap<String, @Nullable Object>();
    json.put("alpha_pattern", alphaPattern);
    json.put("auto_mapping", null);
    json.put("base_model_name_or_path", baseModel);
    json.put("bias", settings.whole().bias().name().toLowerCase(Locale.ROOT));
    json.put("fan_in_fan_out", transposed);
    json.put("inference_mode", true);
    json.put("init_lora_weights", settings.init() == Lora.Init.KAIMING ? true : "gaussian");
    json.put("lora_alpha", number(settings.alpha()));
    json.put("lora_bias", false);
    json.put("lora_dropout", settings.dropout());
    List<String> modules = settings.whole().modules();
    json.put("modules_to_save", modules.isEmpty() ? null : modules);
    json.put("peft_type", "LORA");
    json.put("r", settings.rank());
    json.put("rank_pattern", rankPattern);
    json.put("revision", null);
    targets.write(json);
    json.put("task_type", taskType);
    json.put("use_dora", settings.dora());
    json.put("use_rslora", settings.rsLora());
    return json;
  }

  private static Number number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9 ? (Number) (long) value : value;
  }
}
