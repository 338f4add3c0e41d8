package dev.microtome.cli;

import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitReport;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TextLoss;
import dev.microtome.models.pictures.SignalPicture;
import dev.microtome.models.text.Utf8File;
import dev.microtome.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome quantize`: a model with weights of few bits.
@Command(
    name = "quantize",
    description =
        "Write a model with weights of few bits into a folder that opens as any other model.")
final class QuantizeCommand implements Callable<Integer> {
  private static final double DECIBELS_A_MARK = 3;

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private LowBitOptions lowBit = new LowBitOptions();
  @Mixin private Output output = new Output();

  @Option(
      names = "--bits",
      paramLabel = "N",
      required = true,
      description = "Bits of a weight: 8, 6, 5, 4, 3, 2, 1.58 or 1.")
  private double bits;

  @Mixin private LayersOption layers = new LayersOption();

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "A text whose loss is measured before and after.")
  private @Nullable Path text;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description =
          "Where to draw how much signal each layer keeps; signal.svg in --out unless given.")
  private @Nullable Path svg;

  @Option(names = "--out", paramLabel = "DIR", description = "Where the folder is written.")
  private @Nullable Path out;

  @Override
  public Integer call() {
    LowBit settings = lowBit.settings(bits, output);
    LanguageModel<?> opened = model.open();
    opened.loadWeights();
    Predicate<String> rule = layers.rule(opened);
    long[] tokens = text == null ? null : opened.tokenizer().encode(Utf8File.read(text)).ids();
    TextLoss before = tokens == null ? null : TextLoss.of(opened, tokens);
    LowBitReport report = settings.applyTo(opened.network(), rule);
    KernelLinear.applyTo(opened.network(), Precision.FULL);
    TextLoss after = tokens == null ? null : TextLoss.of(opened, tokens);
    if (out != null) {
      opened.save(out, DType.FLOAT32);
    }
    Path picture = picture();
    if (picture != null) {
      output.write(picture, SignalPicture.of(report, model.name()));
    }
    if (output.json) {
      output.json(json(report, before, after));
    } else {
      print(report, before, after);
    }
    return 0;
  }

  private @Nullable Path picture() {
    return svg != null || out == null ? svg : out.resolve("signal.svg");
  }

  private void print(LowBitReport report, @Nullable TextLoss before, @Nullable TextLoss after) {
    var table = new Table("layer", ">bits", ">kB before", ">kB", ">error %", ">dB", "signal");
    for (LowBitReport.Row row : report.rows()) {
      table.row(
          row.path(),
          format("%.2f", row.bitsPerWeight()),
          format("%.1f", row.bytesBefore() / 1e3),
          format("%.1f", row.bytes() / 1e3),
          format("%.2f", 100 * row.error().relative()),
          format("%.1f", row.error().decibels()),
          "█".repeat((int) Math.clamp(row.error().decibels() / DECIBELS_A_MARK, 0, 24)));
    }
    table.print(output);
    output.line("");
    output.line(
        format(
            "%d layers: %.1f kB were %.1f kB",
            report.rows().size(), report.bytes() / 1e3, report.bytesBefore() / 1e3));
    report.left().forEach((path, why) -> output.line("as it was: " + path + ": " + why));
    if (before != null && after != null) {
      output.line(
          format(
              "loss of %s over %d tokens: %.4f before, %.4f after",
              text, before.tokens(), before.loss(), after.loss()));
    }
    if (out != null) {
      output.line("written: " + out);
    }
    Path picture = picture();
    if (picture != null) {
      output.line("picture: " + picture);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String format(String format, @Nullable Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static Map<String, Object> json(
      LowBitReport report, @Nullable TextLoss before, @Nullable TextLoss after) {
    var rows = new ArrayList<Map<String, Object>>();
    for (LowBitReport.Row row : report.rows()) {
      var json = new LinkedHashMap<String, Object>();
      json.put("path", row.path());
      json.put("bits", row.bits().bits());
      json.put("bits_per_weight", row.bitsPerWeight());
      json.put("bytes_before", row.bytesBefore());
      json.put("bytes", row.bytes());
      json.put("error", row.error().relative());
      rows.add(json);
    }
    var json = new LinkedHashMap<String, Object>();
    json.put("layers", rows);
    json.put("left", report.left());
    json.put("bytes_before", report.bytesBefore());
    json.put("bytes", report.bytes());
    if (before != null && after != null) {
      json.put("loss_before", before.loss());
      json.put("loss", after.loss());
    }
    return json;
  }
}
