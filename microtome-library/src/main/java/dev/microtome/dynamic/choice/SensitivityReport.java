package dev.microtome.dynamic.choice;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What [Sensitivity] has measured.
///
/// @param loss of the network as it is
/// @param layers in the order of the network
public record SensitivityReport(double loss, List<LayerTrials> layers) {
  public SensitivityReport {
    layers = List.copyOf(layers);
  }

  /// The greatest change of the loss in any trial; 0 when none made it worse.
  public double worst() {
    return layers.stream()
        .flatMap(layer -> layer.trials().stream())
        .mapToDouble(Trial::lossChange)
        .reduce(0, Math::max);
  }

  /// A table, one line for each layer and form, then the layers that were not tried.
  public String table() {
    int width =
        layers.stream()
            .mapToInt(layer -> layer.path().length())
            .reduce("layer".length(), Math::max);
    var text = new StringBuilder();
    String head = "%-" + width + "s  %-16s %9s  %-13s %9s  %10s  %10s  %11s%n";
    text.append(
        head.formatted(
            "layer", "kind", "kB", "form", "kB", "weights dB", "outputs dB", "loss change"));
    for (LayerTrials layer : layers) {
      String start =
          format(
              "%-" + width + "s  %-16s %9.1f  ", layer.path(), layer.kind(), layer.bytes() / 1e3);
      for (Trial trial : layer.trials()) {
        text.append(start).append(line(trial)).append(System.lineSeparator());
      }
    }
    left()
        .forEach(
            (remark, paths) -> text.append(format("%s: %s%n", remark, String.join(", ", paths))));
    return text.append(format("loss as it is: %.5f%n", loss)).toString();
  }

  /// The layers that were not tried, by the reason.
  public Map<String, List<String>> left() {
    var left = new LinkedHashMap<String, List<String>>();
    for (LayerTrials layer : layers) {
      if (layer.trials().isEmpty()) {
        left.computeIfAbsent(layer.remark(), _ -> new ArrayList<>()).add(layer.path());
      }
    }
    return left;
  }

  private static String line(Trial trial) {
    return format(
        "%-13s %9.1f  %10.1f  %10.1f  %+11.5f",
        trial.choice(),
        trial.bytes() / 1e3,
        trial.weights().decibels(),
        trial.outputs().decibels(),
        trial.lossChange());
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /// The same as JSON.
  public String json() {
    return new JsonMapper().writeValueAsString(asMap());
  }

  /// The same as maps and lists, as JSON has them; a level that is no number is null.
  public Map<String, Object> asMap() {
    var all = new LinkedHashMap<String, Object>();
    all.put("loss", loss);
    var rows = new ArrayList<Map<String, Object>>();
    for (LayerTrials layer : layers) {
      var row = new LinkedHashMap<String, Object>();
      row.put("path", layer.path());
      row.put("kind", layer.kind());
      row.put("bytes", layer.bytes());
      row.put("trials", layer.trials().stream().map(SensitivityReport::asMap).toList());
      if (!layer.remark().isEmpty()) row.put("remark", layer.remark());
      rows.add(row);
    }
    all.put("layers", rows);
    return all;
  }

  private static Map<String, @Nullable Object> asMap(Trial trial) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    map.put("form", trial.choice());
    map.put("bytes", trial.bytes());
    map.put("weights_sqnr_db", finite(trial.weights().decibels()));
    map.put("outputs_sqnr_db", finite(trial.outputs().decibels()));
    map.put("loss_change", trial.lossChange());
    return map;
  }

  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
