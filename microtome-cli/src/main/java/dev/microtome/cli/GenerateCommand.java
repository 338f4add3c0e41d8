package dev.microtome.cli;

import dev.microtome.models.Generated;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.pictures.VisibleText;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome generate PROMPT`: continues a text, token by token.
@Command(
    name = "generate",
    description =
        "Continue a text, printed as it is made. Without options it is what the model's "
            + "generation_config.json says: as a rule always the likeliest token. Temperature, "
            + "top-k, top-p and --sample turn drawing on.")
final class GenerateCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PROMPT",
      description = "The text to continue.",
      showDefaultValue = Visibility.NEVER)
  private String prompt = "";

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private Output output = new Output();

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "20",
      description = "Most tokens to add.")
  private int maxNewTokens;

  @Option(names = "--sample", description = "Draw tokens by their probability.")
  private boolean sample;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Below 1 bolder, above 1 wilder.")
  private @Nullable Double temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Draw among the K likeliest.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw among the likeliest that together have probability P.")
  private @Nullable Double topP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "Above 1: tokens seen before become less likely.")
  private @Nullable Double repetitionPenalty;

  @Option(names = "--beams", paramLabel = "N", description = "Search with N beams.")
  private @Nullable Integer beams;

  @Option(names = "--seed", paramLabel = "N", description = "Make drawing repeatable.")
  private @Nullable Long seed;

  @Override
  public Integer call() {
    GenerationOptions options = options();
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

  private GenerationOptions options() {
    try {
      return given();
    } catch (IllegalArgumentException refused) {
      throw output.misuse(String.valueOf(refused.getMessage()));
    }
  }

  private GenerationOptions given() {
    var options = new GenerationOptions().maxNewTokens(maxNewTokens);
    options = sample ? options.sample() : options;
    options = temperature != null ? options.temperature(temperature) : options;
    options = topK != null ? options.topK(topK) : options;
    options = topP != null ? options.topP(topP) : options;
    options = repetitionPenalty != null ? options.repetitionPenalty(repetitionPenalty) : options;
    options = beams != null ? options.beams(beams) : options;
    return seed != null ? options.seed(seed) : options;
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
