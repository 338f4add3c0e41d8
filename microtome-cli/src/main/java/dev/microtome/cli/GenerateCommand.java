package dev.microtome.cli;

import dev.microtome.models.Generated;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.pictures.VisibleText;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `microtome generate PROMPT`: continues a text, token by token.
@Command(
    name = "generate",
    description =
        "Continue a text, printed as it is made. Without options it is what the model's "
            + "generation_config.json says: as a rule always the likeliest token. Temperature, "
            + "top-k, top-p and --sample turn drawing on.")
final class GenerateCommand implements Callable<Integer> {
  private static final int MAX_NEW_TOKENS = 20;

  @Parameters(
      paramLabel = "PROMPT",
      description = "The text to continue.",
      showDefaultValue = Visibility.NEVER)
  private String prompt = "";

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private GenerationArguments generation = new GenerationArguments();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    GenerationOptions options = generation.options(output, MAX_NEW_TOKENS);
    LanguageModel<?> opened = model.open();
    if (output.json) {
      output.json(json(opened.generate(prompt, options)));
      return 0;
    }
    output.piece(output.ansi().dim(VisibleText.printable(prompt)));
    Generated generated =
        opened.generate(prompt, options, text -> output.piece(VisibleText.printable(text)));
    output.line("");
    if (generated.stop() == Generated.Stop.CONTEXT_FULL) {
      output.err().println("(the model's context is full)");
    }
    return 0;
  }

  private static Map<String, Object> json(Generated generated) {
    var json = new LinkedHashMap<String, Object>();
    json.put("text", generated.text());
    json.put("prompt_ids", generated.prompt());
    json.put("ids", generated.ids());
    json.put("stop", generated.stop().name().toLowerCase(Locale.ROOT));
    return json;
  }
}
