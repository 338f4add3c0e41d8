package dev.microtome.cli;

import dev.microtome.models.GenerationOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How tokens are chosen; mixed into the commands that generate. What is not given is what the
/// model's generation_config.json says.
final class GenerationArguments {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "Most tokens to add: 20 to a text, 512 in an answer unless given.")
  private @Nullable Integer maxNewTokens;

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

  /// The options, with at most `mostTokens` new tokens unless another number was given.
  GenerationOptions options(Output output, int mostTokens) {
    try {
      return given(maxNewTokens == null ? mostTokens : maxNewTokens);
    } catch (IllegalArgumentException refused) {
      throw output.misuse(String.valueOf(refused.getMessage()));
    }
  }

  private GenerationOptions given(int mostTokens) {
    var options = new GenerationOptions().maxNewTokens(mostTokens);
    options = sample ? options.sample() : options;
    options = temperature != null ? options.temperature(temperature) : options;
    options = topK != null ? options.topK(topK) : options;
    options = topP != null ? options.topP(topP) : options;
    options = repetitionPenalty != null ? options.repetitionPenalty(repetitionPenalty) : options;
    options = beams != null ? options.beams(beams) : options;
    return seed != null ? options.seed(seed) : options;
  }
}
