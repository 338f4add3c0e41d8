package dev.microtome.models.pictures;

import dev.microtome.dynamic.choice.Mixed;
import dev.microtome.dynamic.choice.SensitivityReport;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Draws how sensitive layers are as one HTML file that needs nothing else: a bar for each layer
/// and form, in a tab each the change of the loss and what weights and outputs lost.
public final class SensitivityPage {
  private SensitivityPage() {}

  /// The file's text; `model` is the name it tells. What `mixed` chose is framed.
  public static String of(SensitivityReport report, @Nullable Mixed<?> mixed, String model) {
    return Page.of(
        "Sensitivity of layers",
        "Sensitivity of the layers of " + model,
        model,
        page -> {
          page.paragraph(
              "Each bar is what happens when one layer alone takes one form. Point at a bar, or tap"
                  + " it, for more.");
          page.paragraph(
              String.format(Locale.ROOT, "Loss of the network as it is: %.5f.", report.loss()));
          if (mixed != null) page.paragraph(told(mixed));
          page.scaleBothWays("the loss falls", "the loss grows")
              .tabs(
                  List.of(
                      tab(report, mixed, SensitivityGrid.Measure.LOSS),
                      tab(report, mixed, SensitivityGrid.Measure.OUTPUTS),
                      tab(report, mixed, SensitivityGrid.Measure.WEIGHTS),
                      tab(report, mixed, SensitivityGrid.Measure.SIZE)));
          page.paragraph(left(report));
        });
  }

  private static String told(Mixed<?> mixed) {
    return String.format(
        Locale.ROOT,
        "The smallest network whose loss grows by %.5f at most, in frames: %.1f kB instead of %.1f kB,"
            + " loss %.5f (measured).",
        mixed.budget(),
        mixed.quantized().bytesAfter() / 1e3,
        mixed.quantized().bytesBefore() / 1e3,
        mixed.loss());
  }

  private static Page.Tab tab(
      SensitivityReport report, @Nullable Mixed<?> mixed, SensitivityGrid.Measure measure) {
    return new Page.Tab(
        measure.title(),
        page -> {
          page.paragraph(measure.explained());
          page.html().open("div", "class", "bars").line();
          page.grid(SensitivityGrid.of(report, mixed, measure));
          page.html().close().line();
        });
  }

  private static String left(SensitivityReport report) {
    if (report.left().isEmpty()) return "Every layer with weights was tried.";
    return report.left().entrySet().stream()
        .map(left -> left.getKey() + ": " + String.join(", ", left.getValue()))
        .collect(Collectors.joining("; ", "Not tried: ", "."));
  }
}
