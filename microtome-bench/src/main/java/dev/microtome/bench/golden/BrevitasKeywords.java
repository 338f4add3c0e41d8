package dev.microtome.bench.golden;

import dev.microtome.quant.Quantizer;
import dev.microtome.quant.Quantizers;
import dev.microtome.quant.Restriction;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.Scaling;
import dev.microtome.quant.Statistic;
import dev.microtome.quant.ZeroPoint;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a quantizer as Brevitas' layers are given one: its name, and keywords with a prefix that
/// change it.
record BrevitasKeywords(JsonNode keywords, String prefix) {
  /// The quantizer under `name`; `otherwise` when none is given; null when it is switched off.
  @Nullable Quantizer quantizer(String name, @Nullable String otherwise) {
    JsonNode given = keywords.path(name);
    if (given.isNull()) {
      return null;
    }
    String preset = given.isMissingNode() ? otherwise : given.asString("");
    return preset == null ? null : changed(base(preset));
  }

  private JsonNode get(String keyword) {
    return keywords.path(prefix + keyword);
  }

  private boolean has(String keyword) {
    return !get(keyword).isMissingNode();
  }

  private double real(String keyword, String preset) {
    if (!has(keyword)) {
      boolean bare = !has("min_val") && !has("max_val");
      throw new IllegalArgumentException(
          bare
              ? "'%s' can not resolve attribute 'max_val' while building 'scaling_init_impl'"
                  .formatted(preset)
              : "float() argument must be a string or a real number, not 'NoneType'");
    }
    return get(keyword).doubleValue();
  }

  private Quantizer base(String preset) {
    return switch (preset) {
      case "Int8ActPerTensorFloatMinMaxInit" ->
          Quantizers.Int8ActPerTensorFloatMinMaxInit(
              real("min_val", preset), real("max_val", preset));
      case "Int8ActPerTensorFixedPointMinMaxInit" ->
          Quantizers.Int8ActPerTensorFixedPointMinMaxInit(
              real("min_val", preset), real("max_val", preset));
      case "Uint8ActPerTensorFloatMaxInit" ->
          Quantizers.Uint8ActPerTensorFloatMaxInit(real("max_val", preset));
      case "Uint8ActPerTensorFixedPointMaxInit" ->
          Quantizers.Uint8ActPerTensorFixedPointMaxInit(real("max_val", preset));
      case "IntBias" -> {
        if (!has("bit_width")) {
          throw new IllegalArgumentException(
              "'IntBias' can not resolve attribute 'bit_width' while building 'bit_width_impl'");
        }
        yield Quantizers.Int32Bias;
      }
      case "@object" ->
          throw new IllegalArgumentException(
              "The quantizer passed does not adhere to the quantization protocol.");
      default -> Quantizers.named(preset);
    };
  }

  private Quantizer changed(Quantizer base) {
    Quantizer q = grid(base);
    q = ranges(q);
    q = statistics(q);
    q = granularity(q);
    return minimum(q);
  }

  private Quantizer grid(Quantizer base) {
    Quantizer q = base;
    if (has("signed")) {
      q = q.withSigned(get("signed").asBoolean());
    }
    if (has("narrow_range")) {
      q = q.withNarrow(get("narrow_range").asBoolean());
    }
    if (has("bit_width")) {
      if (!get("bit_width").isIntegralNumber()) {
        throw new IllegalArgumentException("a bit width is a whole number: " + get("bit_width"));
      }
      int bits = get("bit_width").intValue();
      q = learnsBits() ? learned(q, bits) : q.withBits(bits);
    } else if (learnsBits()) {
      q = q.withLearnedBits();
    }
    if (has("float_to_int_impl_type")) {
      q = q.withRounding(rounding(text("float_to_int_impl_type")));
    }
    return has("restrict_scaling_type")
        ? q.withRestriction(restriction(text("restrict_scaling_type")))
        : q;
  }

  private static Quantizer learned(Quantizer q, int bits) {
    return bits < 2 ? q.withLearnedBits().withBits(bits) : q.withBits(bits).withLearnedBits();
  }

  private boolean learnsBits() {
    return text("bit_width_impl_type").equals("parameter");
  }

  private String text(String keyword) {
    return get(keyword).asString("").toLowerCase(Locale.ROOT);
  }

  static Rounding rounding(String name) {
    return switch (name) {
      case "round" -> Rounding.HALF_EVEN;
      case "floor" -> Rounding.FLOOR;
      case "ceil" -> Rounding.CEIL;
      case "round_to_zero" -> Rounding.TOWARD_ZERO;
      case "dpu", "dpu_round" -> Rounding.DPU;
      case "stochastic_round" -> Rounding.STOCHASTIC;
      default -> throw new IllegalStateException("unknown rounding " + name);
    };
  }

  private static Restriction restriction(String name) {
    return switch (name) {
      case "fp" -> Restriction.FLOAT;
      case "log_fp" -> Restriction.LOG_FLOAT;
      case "power_of_two" -> Restriction.POWER_OF_TWO;
      default -> throw new IllegalStateException("unknown restriction " + name);
    };
  }

  /// The kind of scaling, and ranges given in numbers.
  private Quantizer ranges(Quantizer q) {
    boolean constant = q.scaling() instanceof Scaling.Constant;
    boolean learned = q.scaling() instanceof Scaling.Learned;
    String kind = text("scaling_impl_type");
    if (kind.equals("const") || (kind.isEmpty() && constant && bounded())) {
      return q.withScaling(new Scaling.Constant(range(q))).withMinimumRange(0);
    }
    if (kind.equals("parameter") || (kind.isEmpty() && learned && has("scaling_init"))) {
      return q.withScaling(new Scaling.Learned(range(q)));
    }
    Statistic statistic = statistic(q);
    return switch (kind) {
      case "stats" -> q.withScaling(new Scaling.Statistics(statistic));
      case "affine_stats" ->
          q.withScaling(new Scaling.Statistics(statistic, Scaling.MOMENTUM, true));
      case "parameter_from_stats" -> q.withScaling(new Scaling.LearnedFromStatistics(statistic));
      case "" -> q;
      default -> throw new IllegalStateException("unknown scaling " + kind);
    };
  }

  private boolean bounded() {
    return has("scaling_const") || has("scaling_init") || has("min_val") || has("max_val");
  }

  private double range(Quantizer q) {
    if (has("scaling_const")) {
      return get("scaling_const").doubleValue();
    }
    if (has("scaling_init")) {
      return get("scaling_init").doubleValue();
    }
    if (has("max_val")) {
      double min = has("min_val") ? get("min_val").doubleValue() : 0;
      return Scaling.Constant.covering(min, get("max_val").doubleValue()).range();
    }
    return switch (q.scaling()) {
      case Scaling.Constant(double range) -> range;
      case Scaling.Learned(double range) -> range;
      default -> throw new IllegalArgumentException("no range given");
    };
  }

  private static Statistic statistic(Quantizer q) {
    return switch (q.scaling()) {
      case Scaling.LearnedFromStatistics(var statistic, _, _) -> statistic;
      case Scaling.Statistics(var statistic, _, _) -> statistic;
      case Scaling.Decoupled(var statistic) -> statistic;
      default -> new Statistic.AbsMax();
    };
  }

  private Quantizer statistics(Quantizer base) {
    Quantizer q = base;
    if (has("percentile_q")) {
      throw new IllegalArgumentException(
          "percentile_q is deprecated, please pass high_percentile_q.");
    }
    if (has("scaling_stats_op")) {
      q = q.withStatistic(named(text("scaling_stats_op")));
    }
    if (has("high_percentile_q") || has("low_percentile_q")) {
      q = percentiles(q);
    }
    if (has("collect_stats_steps")) {
      q = q.withSteps(get("collect_stats_steps").intValue());
    }
    if (has("scaling_stats_momentum")) {
      JsonNode momentum = get("scaling_stats_momentum");
      q = q.withMomentum(momentum.isNull() ? null : momentum.doubleValue());
    }
    return q;
  }

  private Quantizer percentiles(Quantizer q) {
    double high = has("high_percentile_q") ? get("high_percentile_q").doubleValue() : 99.999;
    double low = has("low_percentile_q") ? get("low_percentile_q").doubleValue() : 0.001;
    Quantizer next =
        switch (statistic(q)) {
          case Statistic.AbsPercentile _ -> q.withPercentile(high);
          case Statistic.PercentileInterval(double before, double after) ->
              q.withStatistic(
                  new Statistic.PercentileInterval(
                      has("low_percentile_q") ? low : before,
                      has("high_percentile_q") ? high : after));
          default -> q;
        };
    return has("low_percentile_q")
            && q.zeroPoint() instanceof ZeroPoint.Shifted(Statistic.NegativePercentileOrZero _)
        ? next.withZeroPoint(new ZeroPoint.Shifted(new Statistic.NegativePercentileOrZero(low)))
        : next;
  }

  private Statistic named(String name) {
    return switch (name) {
      case "max" -> new Statistic.AbsMax();
      case "ave" -> new Statistic.AbsAve();
      case "max_ave" -> new Statistic.AbsMaxAve();
      case "max_l2" -> new Statistic.AbsMaxL2();
      case "min_max" -> new Statistic.AbsMinMax();
      case "percentile" -> new Statistic.AbsPercentile(99.999);
      case "percentile_interval" -> new Statistic.PercentileInterval(0.001, 99.999);
      case "mean_sigma_std" ->
          new Statistic.MeanSigmaStd(has("sigma") ? get("sigma").doubleValue() : 3);
      default -> throw new IllegalStateException("unknown statistic " + name);
    };
  }

  private Quantizer granularity(Quantizer q) {
    boolean channels =
        get("scaling_per_output_channel").asBoolean(false)
            || text("scaling_per_output_type").equals("channel");
    if (text("scaling_per_output_type").equals("group")) {
      return q.perGroup(get("group_size").asLong());
    }
    if (get("scaling_per_output_channel").isBoolean() && !channels) {
      return q.perTensor();
    }
    if (!channels) {
      return q;
    }
    if (prefix.startsWith("weight")) {
      return q.perChannel();
    }
    if (!has("scaling_stats_permute_dims")) {
      throw new IllegalArgumentException(
          "SolveScalingStatsInputViewShapeImplFromEnum.permute_dims() missing 1 required positional"
              + " argument: 'scaling_stats_permute_dims'");
    }
    if (!has("per_channel_broadcastable_shape")) {
      throw new IllegalArgumentException(
          "'%s' can not resolve attribute 'per_channel_broadcastable_shape'"
              .formatted(q.signed() ? "Int8ActPerTensorFloat" : "Uint8ActPerTensorFloat"));
    }
    return q.perChannel(BrevitasJson.longs(get("per_channel_broadcastable_shape")));
  }

  private Quantizer minimum(Quantizer q) {
    return has("scaling_min_val") ? q.withMinimumRange(get("scaling_min_val").asDouble(0)) : q;
  }
}
