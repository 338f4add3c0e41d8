package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.hub.Hub;
import dev.microtome.models.hub.HubSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Which model a command looks at; mixed into the commands that need one.
final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "DIR|ORG/NAME",
      description = {
        "A Hugging Face folder with config.json, tokenizer.json and model.safetensors,",
        "or a repository's name: taken from the local cache, else downloaded",
        "(HF_ENDPOINT, HF_TOKEN, HF_HOME and HF_HUB_OFFLINE are minded).",
        "  Default: the model that ships with Microtome"
      },
      showDefaultValue = Visibility.NEVER)
  private @Nullable String model;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  LanguageModel<?> open() {
    if (model == null) {
      return LanguageModel.shipped();
    }
    Main main = main();
    var environment = main == null ? System.getenv() : main.environment;
    try (var bar = new DownloadBar(main != null && main.terminal)) {
      return LanguageModel.load(Hub.of(HubSettings.of(environment)).progress(bar).folder(model));
    }
  }

  private @Nullable Main main() {
    return spec != null && spec.root().userObject() instanceof Main main ? main : null;
  }

  /// What to call the model in headings.
  String name() {
    return model == null
        ? "gpt2-facts"
        : String.valueOf(Path.of(model).toAbsolutePath().normalize().getFileName());
  }
}
