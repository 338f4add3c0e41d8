package dev.microtome.models;

import dev.microtome.adapt.Lora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.models.hub.Hub;
import java.nio.file.Files;
import java.nio.file.Path;

/// A folder with an adapter in place of a model: PEFT's, whose configuration names the base model.
final class AdapterFolder {
  private static final String CONFIG = "adapter_config.json";

  private AdapterFolder() {}

  /// Whether a folder holds an adapter and no model.
  static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG))
        && !Files.exists(folder.resolve("config.json"));
  }

  /// The base model with the adapter in it.
  ///
  /// @throws ModelFormatException when the adapter names no base, or was made for another
  /// @throws dev.microtome.adapt.PeftFormatException when the adapter's files are not sound
  static LanguageModel<?> open(Path folder) {
    PeftAdapter adapter = PeftAdapter.read(folder);
    String base = adapter.config().baseModel();
    if (base == null || base.isBlank()) {
      throw new ModelFormatException(
          folder.resolve(CONFIG),
          "names no base_model_name_or_path",
          "open the base model and apply the adapter with PeftAdapter.read(folder).applyTo");
    }
    LanguageModel<?> model = ModelFolder.open(base(folder, base));
    model.loadWeights();
    try {
      adapter.applyTo(model.network(), Lora.DEFAULT_NAME);
    } catch (IllegalArgumentException misfit) {
      throw new ModelFormatException(
          folder,
          "does not fit its base model %s: %s".formatted(base, misfit.getMessage()),
          "open the model it was made for and apply it there");
    }
    return model;
  }

  /// A folder of that path, or of that name inside the adapter's, as after a move; else a hub's.
  private static Path base(Path folder, String name) {
    if (!Files.isDirectory(Path.of(name))) {
      Path inside = folder.resolve(Path.of(name).getFileName());
      if (Files.isRegularFile(inside.resolve("config.json"))) {
        return inside;
      }
    }
    return ShippedModel.is(name) ? ShippedModel.folder() : Hub.standard().folder(name);
  }
}
