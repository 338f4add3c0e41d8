package dev.microtome.cli;

import dev.microtome.adapt.Lora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.models.Chat;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.chat.ChatTemplate;
import dev.microtome.models.hub.Hub;
import dev.microtome.models.hub.HubSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Which model a command looks at; mixed into the commands that need one.
final class ModelOption {
  private static final String SHIPPED = "gpt2-facts";

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

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "A PEFT adapter's folder, put on top of the model.",
      showDefaultValue = Visibility.NEVER)
  private @Nullable Path adapter;

  /// The model, no weights read unless there is an adapter.
  LanguageModel<?> open() {
    return adapted(isShipped() ? LanguageModel.shipped() : LanguageModel.load(folder(given())));
  }

  private LanguageModel<?> adapted(LanguageModel<?> opened) {
    if (adapter != null) {
      opened.loadWeights();
      PeftAdapter.read(adapter).applyTo(opened.network(), Lora.DEFAULT_NAME);
    }
    return opened;
  }

  private boolean isShipped() {
    return model == null || (model.equals(SHIPPED) && !Files.isDirectory(Path.of(model)));
  }

  /// What the user calls the model.
  String given() {
    return model == null ? SHIPPED : model;
  }

  /// The same with the chat template of its folder.
  Chat openChat() {
    if (isShipped()) {
      throw new IllegalStateException(
          "the model that ships with Microtome has no chat template; give one that does with --model");
    }
    Path folder = folder(given());
    var template = ChatTemplate.read(folder); // first: a folder without one is refused at once
    return new Chat(adapted(LanguageModel.load(folder)), template);
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
    return isShipped()
        ? SHIPPED
        : String.valueOf(Path.of(given()).toAbsolutePath().normalize().getFileName());
  }
}
