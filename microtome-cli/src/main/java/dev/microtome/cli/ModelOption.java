package dev.microtome.cli;

import dev.microtome.models.Chat;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.chat.ChatTemplate;
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
    return model == null ? LanguageModel.shipped() : LanguageModel.load(folder(model));
  }

  /// The same with the chat template of its folder.
  Chat openChat() {
    if (model == null) {
      throw new IllegalStateException(
          "the model that ships with Microtome has no chat template; give one that does with --model");
    }
    Path folder = folder(model);
    var template = ChatTemplate.read(folder); // first: a folder without one is refused at once
    return new Chat(LanguageModel.load(folder), template);
  }

  private Path folder(String name) {
    Main main = spec != null && spec.root().userObject() instanceof Main it ? it : null;
    var environment = main == null ? System.getenv() : main.environment;
    try (var bar = new DownloadBar(main != null && main.terminal)) {
      return Hub.of(HubSettings.of(environment)).progress(bar).folder(name);
    }
  }

  /// What to call the model in headings.
  String name() {
    return model == null
        ? "gpt2-facts"
        : String.valueOf(Path.of(model).toAbsolutePath().normalize().getFileName());
  }
}
