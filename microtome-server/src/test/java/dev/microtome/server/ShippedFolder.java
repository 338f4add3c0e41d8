package dev.microtome.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/// Where the shipped model lies in a build.
public final class ShippedFolder {
  private ShippedFolder() {}

  public static Path path() {
    try {
      URI config =
          dev.microtome.models.LanguageModel.class.getResource("gpt2-facts/config.json").toURI();
      return Path.of(config).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
