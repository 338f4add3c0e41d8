package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import org.jspecify.annotations.Nullable;

/// Quantizers in words, for printed layers and [Quantizer#describe].
final class QuantizerText {
  private QuantizerText() {}

  /// One line: `8 bits, unsigned, rounded half even, one scale for the tensor`.
  static String summary(Quantizer quantizer) {
    return "%s, %s%s, rounded %s, scale: %s%s"
        .formatted(
            quantizer.bitWidth(),
            quantizer.signed() ? "signed" : "unsigned",
            quantizer.narrow() ? " narrow" : "",
            quantizer.rounding(),
            quantizer.granularity(),
            ", zero point " + quantizer.zeroPoint());
  }

  /// Everything, a line each.
  static String of(Quantizer quantizer) {
    IntRange range = quantizer.range();
    return String.join(
        "\n",
        "bits        " + quantizer.bitWidth(),
        "integers    %.0f to %.0f".formatted(range.min(), range.max()),
        "scales      %s, %s".formatted(quantizer.granularity(), quantizer.restriction()),
        "range       " + of(quantizer.scaling()),
        "            at least " + PythonFormat.of(quantizer.minimumRange()),
        "zero point  " + quantizer.zeroPoint(),
        "rounding    " + quantizer.rounding());
  }

  private static String of(Scaling scaling) {
    return switch (scaling) {
      case Scaling.LearnedFromStatistics collected -> learned(collected);
      case Scaling.Statistics averaged -> averaged(averaged);
      case Scaling.Learned(double range) ->
          "learned, %s to begin with".formatted(PythonFormat.of(range));
      case Scaling.Constant(double range) -> "always " + PythonFormat.of(range);
      case Scaling.Decoupled _ -> adopted(scaling);
      case Scaling.OfAccumulator _ -> "the scale of the input times that of the weight";
    };
  }

  static String learned(Scaling.LearnedFromStatistics scaling) {
    return "learned from %s, collected over %d training steps with %s"
        .formatted(scaling.statistic(), scaling.steps(), momentum(scaling.momentum()));
  }

  static String averaged(Scaling.Statistics scaling) {
    return "%s, averaged with %s for evaluation%s"
        .formatted(
            scaling.statistic(),
            momentum(scaling.momentum()),
            scaling.affine() ? ", times a learned factor" : "");
  }

  /// Of a weight.
  static String measured(Scaling scaling) {
    return scaling instanceof Scaling.Statistics(var statistic, _, boolean affine)
        ? statistic + (affine ? ", times a learned factor" : "")
        : of(scaling);
  }

  /// Of a weight.
  static String adopted(Scaling scaling) {
    return switch (scaling) {
      case Scaling.LearnedFromStatistics(var statistic, _, _) ->
          "learned from " + statistic + " at the first call";
      case Scaling.Decoupled(var statistic) ->
          "learned from " + statistic + " at the first call; rounded with " + statistic;
      case Scaling.Statistics _, Scaling.Learned _, Scaling.Constant _, Scaling.OfAccumulator _ ->
          of(scaling);
    };
  }

  private static String momentum(@Nullable Double momentum) {
    return momentum == null ? "equal weights" : "momentum " + PythonFormat.of(momentum);
  }
}
