package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.LogitLens;
import dev.microtome.models.pictures.LensGrid;
import dev.microtome.models.pictures.LensPage;
import dev.microtome.models.pictures.LensPicture;
import dev.microtome.models.pictures.VisibleText;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome lens PROMPT`: what each layer believes at each token.
@Command(
    name = "lens",
    description =
        "Show what each layer of a language model believes comes next, at each token of a "
            + "prompt (the logit lens), as a table here and as a page with details.")
final class LensCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PROMPT",
      description = "The text to read.",
      showDefaultValue = Visibility.NEVER)
  private String prompt = "";

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private PageOption page = new PageOption();
  @Mixin private Output output = new Output();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "5",
      description = "Guesses to keep for each cell.")
  private int top;

  @Option(names = "--svg", paramLabel = "FILE", description = "Write a picture, too.")
  private @Nullable Path svg;

  @Override
  public Integer call() {
    output.requireCount("--top", top);
    LanguageModel<?> opened = model.open();
    LogitLens lens = read(opened);
    page.write(output, () -> LensPage.of(lens, model.name()));
    if (svg != null) {
      output.write(svg, LensPicture.of(lens, model.name()));
    }
    if (output.json) {
      output.json(json(lens));
    } else {
      print(lens);
    }
    return 0;
  }

  private LogitLens read(LanguageModel<?> opened) {
    try (var progress = new Progress(output, "layers", opened.network().blocks().size() + 1)) {
      return LogitLens.of(opened, prompt, top, _ -> progress.step());
    }
  }

  private void print(LogitLens lens) {
    Ansi ansi = output.ansi();
    TerminalGrid.print(LensGrid.of(lens), output);
    NextToken answer = lens.prediction().getFirst();
    output.line(
        "prediction: "
            + ansi.bold('"' + VisibleText.printable(answer.text()) + '"')
            + "  "
            + VisibleText.percent(answer.probability()));
    page.tell(output);
    if (svg != null) {
      output.line("picture: " + svg.toAbsolutePath().normalize());
    }
  }

  private Map<String, Object> json(LogitLens lens) {
    var json = new LinkedHashMap<String, Object>();
    json.put("model", model.name());
    json.put("prompt", lens.prompt());
    json.put("tokens", lens.tokens());
    json.put("layers", lens.layers());
    json.put("prediction", lens.prediction());
    page.tell(json);
    return json;
  }
}
