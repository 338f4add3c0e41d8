package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.interpret.AttentionPatterns;
import dev.microtome.models.pictures.AttentionGrid;
import dev.microtome.models.pictures.AttentionPage;
import dev.microtome.models.pictures.VisibleText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome attention PROMPT`: where each head looks.
@Command(
    name = "attention",
    description =
        "Show where the attention heads of a language model look: here the token that the last "
            + "token of the prompt takes most from, in every head, or with --layer and --head one "
            + "head's whole pattern; in the page all patterns.")
final class AttentionCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PROMPT",
      description = "The text to read.",
      showDefaultValue = Visibility.NEVER)
  private String prompt = "";

  @Option(names = "--layer", paramLabel = "N", description = "The block to show, from 0.")
  private @Nullable Integer layer;

  @Option(names = "--head", paramLabel = "N", description = "The head of it, from 0.")
  private @Nullable Integer head;

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private PageOption page = new PageOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    if ((layer == null) != (head == null)) {
      throw output.misuse("--layer and --head name one head together; give both or none");
    }
    LanguageModel<?> opened = model.open();
    requireHead(opened);
    AttentionPatterns patterns = AttentionPatterns.of(opened, prompt);
    page.write(output, () -> AttentionPage.of(patterns, model.name()));
    if (output.json) {
      output.json(json(patterns));
    } else {
      print(patterns);
    }
    return 0;
  }

  private void requireHead(LanguageModel<?> opened) {
    var blocks = opened.network().blocks();
    if (layer != null && (layer < 0 || layer >= blocks.size())) {
      throw output.misuse("--layer must be within 0 and %d".formatted(blocks.size() - 1));
    }
    if (layer != null && head != null && (head < 0 || head >= blocks.get(layer).heads())) {
      throw output.misuse(
          "--head must be within 0 and %d".formatted(blocks.get(layer).heads() - 1));
    }
  }

  private void print(AttentionPatterns patterns) {
    Ansi ansi = output.ansi();
    if (layer != null && head != null) {
      output.line(
          ansi.bold("block %d, head %d".formatted(layer, head))
              + ": from the tokens on the left to those above, in percent");
      TerminalGrid.print(AttentionGrid.of(patterns, layer, head), output);
    } else {
      String last = patterns.prompt().tokens().getLast();
      output.line("what the last token, " + ansi.bold(VisibleText.of(last)) + ", takes most from");
      TerminalGrid.print(AttentionGrid.overview(patterns, patterns.prompt().size() - 1), output);
    }
    page.tell(output);
  }

  private Map<String, Object> json(AttentionPatterns patterns) {
    var json = new LinkedHashMap<String, Object>();
    json.put("model", model.name());
    json.put("prompt", patterns.prompt());
    json.put("layers", patterns.layers());
    page.tell(json);
    return json;
  }
}
