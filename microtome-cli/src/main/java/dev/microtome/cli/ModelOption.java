package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/// Which model a command looks at; mixed into the commands that need one.
final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = {
        "A Hugging Face folder with config.json, tokenizer.json and model.safetensors.",
        "  Default: the model that ships with Microtome"
      },
      showDefaultValue = Visibility.NEVER)
  private @Nullable Path folder;

  LanguageModel<?> open() {
    return folder == null ? LanguageModel.shipped() : LanguageModel.load(folder);
  }

  /// What to call the model in headings.
  String name() {
    return folder == null
        ? "gpt2-facts"
        : folder.toAbsolutePath().normalize().getFileName().toString();
  }
}
