package dev.microtome.adapt;

import dev.microtome.nn.LinearPlaces;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What PEFT's `adapter_config.json` says about an adapter.
///
/// @param settings what holds unless a pattern says otherwise
/// @param targets names of layers; empty when there is a pattern
/// @param targetPattern a regular expression over whole paths, or `all-linear`; null when there are
///   names
/// @param exclude names of layers that are left out
/// @param rankPattern ranks of layers by name or pattern
/// @param alphaPattern alphas likewise
/// @param transposed whether the base's weights are (in, out), as GPT-2's are
/// @param baseModel the name of the model it was made for, or null
/// @param taskType such as `CAUSAL_LM`, or null
public record PeftConfig(
    Lora settings,
    List<String> targets,
    @Nullable String targetPattern,
    List<String> exclude,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    boolean transposed,
    @Nullable String baseModel,
    @Nullable String taskType) {
  private static final String ALL_LINEAR = "all-linear";

  public PeftConfig {
    targets = List.copyOf(targets);
    exclude = List.copyOf(exclude);
    rankPattern = Map.copyOf(rankPattern);
    alphaPattern = Map.copyOf(alphaPattern);
    if (targets.isEmpty() && targetPattern == null) {
      throw new IllegalArgumentException("the adapter names no target_modules");
    }
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
        first, names(parts), null, List.of(), ranks, alphas, transposed, baseModel, "CAUSAL_LM");
  }

  /// Whole paths: shorter names could fit layers that have no adapter.
  private static List<String> names(Map<String, LowRank> parts) {
    return List.copyOf(new TreeSet<>(parts.keySet()));
  }

  /// The settings of one layer.
  public Lora settings(String path) {
    int rank = settings.rank();
    double alpha = settings.alpha();
    for (var entry : rankPattern.entrySet()) {
      rank = PathPattern.suffix(entry.getKey()).fits(path) ? entry.getValue() : rank;
    }
    for (var entry : alphaPattern.entrySet()) {
      alpha = PathPattern.suffix(entry.getKey()).fits(path) ? entry.getValue() : alpha;
    }
    return settings.rank(rank, alpha);
  }

  /// Whether a layer is a target.
  public Predicate<String> rule() {
    Predicate<String> left = path -> exclude.stream().noneMatch(name -> isNamed(path, name));
    if (targetPattern == null) {
      return left.and(path -> targets.stream().anyMatch(name -> isNamed(path, name)));
    }
    if (targetPattern.equals(ALL_LINEAR)) {
      return left.and(LinearPlaces.allButHead());
    }
    PathPattern pattern = PathPattern.of(targetPattern);
    return left.and(pattern::fits);
  }

  private static boolean isNamed(String path, String name) {
    return path.equals(name) || path.endsWith("." + name);
  }

  /// The key-value pairs of the file, in PEFT's order.
  Map<String, @Nullable Object> json() {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("alpha_pattern", alphaPattern);
    json.put("auto_mapping", null);
    json.put("base_model_name_or_path", baseModel);
    json.put("bias", "none");
    json.put("exclude_modules", exclude.isEmpty() ? null : exclude);
    json.put("fan_in_fan_out", transposed);
    json.put("inference_mode", true);
    json.put("init_lora_weights", settings.init() == Lora.Init.KAIMING ? true : "gaussian");
    json.put("layers_pattern", null);
    json.put("layers_to_transform", null);
    json.put("lora_alpha", number(settings.alpha()));
    json.put("lora_bias", false);
    json.put("lora_dropout", settings.dropout());
    json.put("modules_to_save", null);
    json.put("peft_type", "LORA");
    json.put("r", settings.rank());
    json.put("rank_pattern", rankPattern);
    json.put("revision", null);
    json.put("target_modules", targetPattern == null ? new ArrayList<>(targets) : targetPattern);
    json.put("task_type", taskType);
    json.put("use_dora", settings.dora());
    json.put("use_rslora", settings.rsLora());
    return json;
  }

  private static Number number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9 ? (Number) (long) value : value;
  }
}
