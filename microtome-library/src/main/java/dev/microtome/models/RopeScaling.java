package dev.microtome.models;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How rotary positions are stretched so that a network reads longer texts than it was trained on.
/// Positions turn pairs of coordinates at falling frequencies (Su et al. 2021); each variant says
/// what becomes of the frequencies.
public sealed interface RopeScaling {
  /// Nothing.
  record None() implements RopeScaling {}

  /// All frequencies are divided by `factor` (position interpolation, Chen et al. 2023).
  record Linear(double factor) implements RopeScaling {}

  /// The base grows with the text once it is longer than `original` tokens, so that only the slow
  /// pairs are stretched ("NTK-aware", growing with the text).
  record Dynamic(double factor, int original) implements RopeScaling {}

  /// Pairs that turn often within `original` tokens stay, those that turn less than once are
  /// divided by `factor`, those between blend (Peng et al. 2023).
  ///
  /// @param betaFast turns from which on a pair stays
  /// @param betaSlow turns below which a pair is divided
  /// @param attention what cosines and sines are multiplied by
  /// @param truncate whether the blend begins and ends at whole pairs
  record Yarn(
      double factor,
      int original,
      double betaFast,
      double betaSlow,
      double attention,
      boolean truncate)
      implements RopeScaling {}

  /// Wavelengths below `original / highFactor` tokens stay, those above `original / lowFactor` are
  /// multiplied by `factor`, those between blend (Llama 3.1).
  record Llama3(double factor, double lowFactor, double highFactor, int original)
      implements RopeScaling {}

  /// The longest text that makes sense where the configuration says `stated`.
  default int context(int stated) {
    return switch (this) {
      case None _, Llama3 _ -> stated;
      case Linear(double factor) -> stretched(stated, factor);
      case Dynamic(double factor, int original) -> Math.max(stated, stretched(original, factor));
      case Yarn yarn -> Math.max(stated, stretched(yarn.original(), yarn.factor()));
    };
  }

  private static int stretched(int tokens, double factor) {
    return (int) Math.min(LlamaConfig.MOST, (long) (tokens * factor));
  }

  /// Reads an object of the configuration, `rope_scaling` or `rope_parameters`.
  ///
  /// @param context what the configuration says, the text length of training unless given here
  static RopeScaling read(ConfigFile json, int context) {
    String type = json.text("rope_type", "type");
    int original = json.size(context, LlamaConfig.MOST, "original_max_position_embeddings");
    return switch (type) {
      case null -> {
        if (json.has("factor")) {
          throw json.wrong("rope_type", "not given", known());
        }
        yield new None();
      }
      case "default" -> new None();
      case "linear" -> new Linear(factor(json));
      case "dynamic" -> new Dynamic(factor(json), original);
      case "yarn" -> yarn(json, original);
      case "llama3" -> llama3(json);
      default -> throw json.wrong("rope_type", "\"" + type + "\", not supported", known());
    };
  }

  private static String known() {
    return "one of default, linear, dynamic, yarn, llama3";
  }

  private static double factor(ConfigFile json) {
    return required(json, "factor", 1);
  }

  private static double required(ConfigFile json, String name, double least) {
    Double given = json.optionalNumber(least, 1e6, name);
    if (given == null) {
      throw json.wrong(name, "not given", "a number from " + least);
    }
    return given;
  }

  private static Llama3 llama3(ConfigFile json) {
    Integer original = json.optionalSize(1, LlamaConfig.MOST, "original_max_position_embeddings");
    if (original == null) {
      throw json.wrong(
          "original_max_position_embeddings", "not given", "the text length of training");
    }
    var llama3 =
        new Llama3(
            factor(json),
            required(json, "low_freq_factor", 1e-6),
            required(json, "high_freq_factor", 1e-6),
            original);
    if (llama3.highFactor() <= llama3.lowFactor()) {
      throw json.wrong(
          "high_freq_factor",
          llama3.highFactor(),
          "above \"low_freq_factor\", " + llama3.lowFactor());
    }
    return llama3;
  }

  private static Yarn yarn(ConfigFile json, int original) {
    double factor = factor(json);
    double fast = json.number(32, 1e-6, 1e6, "beta_fast");
    double slow = json.number(1, 1e-6, 1e6, "beta_slow");
    if (fast < slow) {
      throw json.wrong("beta_fast", fast, "at least \"beta_slow\", " + slow);
    }
    Double attention = json.optionalNumber(1e-6, 1e6, "attention_factor");
    if (attention == null) {
      double scale = json.number(0, 0, 1e6, "mscale");
      double scaleAll = json.number(0, 0, 1e6, "mscale_all_dim");
      attention =
          scale > 0 && scaleAll > 0
              ? temperature(factor, scale) / temperature(factor, scaleAll)
              : temperature(factor, 1);
    }
    return new Yarn(factor, original, fast, slow, attention, json.flag(true, "truncate"));
  }

  // Longer texts spread attention thinner; this much sharper scores make up for it.
  private static double temperature(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  /// The object that reads as this, or null for none.
  default @Nullable Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    switch (this) {
      case None _ -> {
        return null;
      }
      case Linear(double factor) -> {
        json.put("rope_type", "linear");
        json.put("factor", factor);
      }
      case Dynamic(double factor, int original) -> {
        json.put("rope_type", "dynamic");
        json.put("factor", factor);
        json.put("original_max_position_embeddings", original);
      }
      case Yarn yarn -> {
        json.put("rope_type", "yarn");
        json.put("factor", yarn.factor());
        json.put("original_max_position_embeddings", yarn.original());
        json.put("beta_fast", yarn.betaFast());
        json.put("beta_slow", yarn.betaSlow());
        json.put("attention_factor", yarn.attention());
        json.put("truncate", yarn.truncate());
      }
      case Llama3 llama3 -> {
        json.put("rope_type", "llama3");
        json.put("factor", llama3.factor());
        json.put("low_freq_factor", llama3.lowFactor());
        json.put("high_freq_factor", llama3.highFactor());
        json.put("original_max_position_embeddings", llama3.original());
      }
    }
    return json;
  }
}
