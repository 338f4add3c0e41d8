package dev.microtome.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The model that comes with the library, `gpt2-facts`: its files lie beside this class, in a
/// folder or inside the jar.
final class ShippedModel {
  private static final String FOLDER = "gpt2-facts";
  private static final List<String> FILES =
      List.of("config.json", "generation_config.json", "tokenizer.json", "model.safetensors");

  private ShippedModel() {}

  /// Whether this is its name, and not that of a folder.
  static boolean is(String name) {
    return name.equals(FOLDER) && !Files.isDirectory(Path.of(name));
  }

  /// The folder, copied out of the jar for this process when it lies in one: weights are mapped
  /// from files.
  static Path folder() {
    URL config = resource("config.json");
    try {
      return config.getProtocol().equals("file")
          ? Path.of(config.toURI()).resolveSibling("")
          : Unpacked.FOLDER;
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the shipped model's place has no path: " + config, e);
    }
  }

  private static URL resource(String file) {
    URL found = ShippedModel.class.getResource(FOLDER + "/" + file);
    if (found == null) {
      throw new IllegalStateException(
          "the shipped model's %s is not on the class path; build the library with its resources"
              .formatted(file));
    }
    return found;
  }

  /// Copied once, when first asked for, and removed when the process ends.
  private static final class Unpacked {
    static final Path FOLDER = copy();

    private static Path copy() {
      try {
        Path folder = Files.createTempDirectory("microtome-model");
        folder.toFile().deleteOnExit();
        for (String file : FILES) {
          Path copy = folder.resolve(file);
          try (InputStream in = URI.create(resource(file).toString()).toURL().openStream()) {
            Files.copy(in, copy);
          }
          copy.toFile().deleteOnExit();
        }
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException("can't unpack the shipped model", e);
      }
    }
  }
}
