package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Summary;
import dev.microtome.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome summary`: a model's layers with shapes, parameters and sizes.
@Command(
    name = "summary",
    description =
        "List a model's layers: type, output shape, parameters, bits, size. Reads no weights.")
final class SummaryCommand implements Callable<Integer> {
  @Mixin private ModelOption model = new ModelOption();
  @Mixin private Output output = new Output();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "8",
      description = "Tokens of the input whose shapes are shown.")
  private int tokens;

  @Option(
      names = "--depth",
      paramLabel = "N",
      defaultValue = "9",
      description = "How deep to go into the tree.")
  private int depth;

  @Override
  public Integer call() {
    output.requireCount("--tokens", tokens);
    LanguageModel<?> opened = model.open();
    Summary summary = Summary.of(opened.network(), opened.input(new long[tokens]));
    if (output.json) {
      output.json(json(summary));
    } else {
      print(summary);
    }
    return 0;
  }

  private void print(Summary summary) {
    var table = new Table("layer", "type", "output", ">parameters", ">bits", ">MB");
    for (Summary.Row row : summary.rows()) {
      if (row.depth() <= depth) {
        table.row(
            row.path().isEmpty() ? model.name() : "  ".repeat(row.depth() - 1) + row.path(),
            row.type(),
            row.output() == null ? "-" : row.output(),
            row.parameters() > 0 ? "%,d".formatted(row.parameters()) : row.tied() ? "tied" : "-",
            row.parameters() > 0 ? bits(row.bits()) : "-",
            row.bytes() > 0 ? megabytes(row.bytes()) : "-");
      }
    }
    table.print(output);
    output.line("");
    output.line(number("parameters  %,d", summary.parameters()));
    output.line(number("trainable   %,d", summary.trainable()));
    output.line("size        " + megabytes(summary.bytes()) + " MB in memory");
  }

  private static String number(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String bits(double bits) {
    return bits == Math.rint(bits) ? number("%.0f", bits) : number("%.2f", bits);
  }

  private static String megabytes(long bytes) {
    return number("%.3f", bytes / 1e6);
  }

  private static Map<String, @Nullable Object> json(Summary summary) {
    var layers = new ArrayList<Map<String, @Nullable Object>>();
    for (Summary.Row row : summary.rows()) {
      Shape shape = row.output();
      var layer = new LinkedHashMap<String, @Nullable Object>();
      layer.put("path", row.path());
      layer.put("type", row.type());
      layer.put("output", shape == null ? null : shape.dims());
      layer.put("parameters", row.parameters());
      layer.put("bits", row.bits());
      layer.put("bytes", row.bytes());
      layer.put("tied", row.tied());
      layers.add(layer);
    }
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("layers", List.copyOf(layers));
    json.put("parameters", summary.parameters());
    json.put("trainable", summary.trainable());
    json.put("bytes", summary.bytes());
    return json;
  }
}
