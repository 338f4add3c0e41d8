package dev.microtome.models.pictures;

import dev.microtome.dynamic.Outcome;
import dev.microtome.dynamic.choice.LayerTrials;
import dev.microtome.dynamic.choice.Mixed;
import dev.microtome.dynamic.choice.SensitivityReport;
import dev.microtome.dynamic.choice.Trial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Layers downwards, forms to the right, one measure as bars.
final class SensitivityGrid {
  private static final double MOST_DECIBELS = 60;

  /// What a bar shows.
  enum Measure {
    LOSS(
        "Loss",
        "How much the loss of the whole network changes; the longest bar is the greatest change."),
    OUTPUTS(
        "Outputs",
        "Signal over noise of what the layer gives, in decibels; 6 are a bit, a full bar is 60."),
    WEIGHTS(
        "Weights",
        "Signal over noise of the layer's weights, in decibels; 6 are a bit, a full bar is 60."),
    SIZE("Size", "Bytes of the layer's weights, of those it has now.");

    private final String title;
    private final String explained;

    Measure(String title, String explained) {
      this.title = title;
      this.explained = explained;
    }

    String title() {
      return title;
    }

    String explained() {
      return explained;
    }
  }

  private final Measure measure;
  private final double greatest;
  private final Map<String, String> chosen = new HashMap<>();

  private SensitivityGrid(SensitivityReport report, @Nullable Mixed<?> mixed, Measure measure) {
    this.measure = measure;
    greatest =
        report.layers().stream()
            .flatMap(layer -> layer.trials().stream())
            .mapToDouble(trial -> Math.abs(trial.lossChange()))
            .reduce(Double.MIN_NORMAL, Math::max);
    if (mixed != null) {
      for (Outcome outcome : mixed.quantized().outcomes()) {
        if (outcome.quantized()) chosen.put(outcome.path(), outcome.reason());
      }
    }
  }

  static Grid of(SensitivityReport report, @Nullable Mixed<?> mixed, Measure measure) {
    var grid = new SensitivityGrid(report, mixed, measure);
    List<String> forms =
        report.layers().stream()
            .flatMap(layer -> layer.trials().stream())
            .map(Trial::choice)
            .distinct()
            .toList();
    var rows = new ArrayList<Grid.Row>();
    for (LayerTrials layer : report.layers()) {
      if (!layer.trials().isEmpty()) rows.add(grid.row(layer, forms));
    }
    return new Grid("layer", forms.stream().map(Grid.Column::new).toList(), rows);
  }

  private Grid.Row row(LayerTrials layer, List<String> forms) {
    var cells = new ArrayList<Grid.Cell>();
    for (String form : forms) {
      cells.add(
          layer.trials().stream()
              .filter(trial -> trial.choice().equals(form))
              .findFirst()
              .map(trial -> cell(layer, trial))
              .orElse(Grid.Cell.EMPTY));
    }
    return new Grid.Row(layer.path(), cells);
  }

  private Grid.Cell cell(LayerTrials layer, Trial trial) {
    boolean framed = trial.choice().equals(chosen.get(layer.path()));
    return switch (measure) {
      case LOSS -> cell(layer, trial, loss(trial), trial.lossChange() / greatest, framed);
      case OUTPUTS -> level(layer, trial, trial.outputs().decibels(), framed);
      case WEIGHTS -> level(layer, trial, trial.weights().decibels(), framed);
      case SIZE -> {
        double share = (double) trial.bytes() / Math.max(1, layer.bytes());
        yield cell(layer, trial, format("%.0f %%", 100 * share), share, framed);
      }
    };
  }

  private static Grid.Cell level(LayerTrials layer, Trial trial, double decibels, boolean framed) {
    if (Double.isNaN(decibels)) return Grid.Cell.EMPTY;
    return cell(layer, trial, decibels(decibels), decibels / MOST_DECIBELS, framed);
  }

  private static Grid.Cell cell(
      LayerTrials layer, Trial trial, String text, double heat, boolean framed) {
    var lines =
        List.of(
            new Grid.Line("loss", loss(trial)),
            new Grid.Line("outputs", decibels(trial.outputs().decibels())),
            new Grid.Line("weights", decibels(trial.weights().decibels())),
            new Grid.Line(
                "size", format("%.1f kB of %.1f kB", trial.bytes() / 1e3, layer.bytes() / 1e3)));
    String heading = "%s (%s) as %s".formatted(layer.path(), layer.kind(), trial.choice());
    String note = framed ? "Chosen for the smallest network." : "";
    return new Grid.Cell(
        "", text, Double.isFinite(heat) ? heat : 1, framed, new Grid.Details(heading, lines, note));
  }

  private static String loss(Trial trial) {
    return format("%+.5f", trial.lossChange());
  }

  private static String decibels(double level) {
    return Double.isNaN(level) ? "not compared" : format("%.1f dB", level);
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
