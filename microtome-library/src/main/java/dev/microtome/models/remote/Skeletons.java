package dev.microtome.models.remote;

import dev.microtome.models.LanguageModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// Models a server hosts, as networks without weights.
record Skeletons(Connection connection) {
  private static final List<String> FILES =
      List.of("config.json", "generation_config.json", "tokenizer.json");

  /// Opens one from the small files the server gives.
  LanguageModel<?> open(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException("'" + name + "' is no name of a model");
    }
    try {
      Path folder = Files.createTempDirectory("microtome-skeleton");
      try {
        for (String file : FILES) {
          fetch(name, file, folder.resolve(file));
        }
        return LanguageModel.skeleton(folder);
      } finally {
        for (String file : FILES) {
          Files.deleteIfExists(folder.resolve(file));
        }
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the model's files can't be kept", e);
    }
  }

  private void fetch(String name, String file, Path to) throws IOException {
    try {
      Files.write(to, connection.bytes("/v1/models/" + name + "/files/" + file));
    } catch (RemoteException missing) {
      if (file.equals("config.json") || !missing.code().equals("not_found")) {
        throw missing;
      }
    }
  }

  /// The name of the one hosted model that is built like `model`.
  static String match(Connection connection, LanguageModel<?> model) {
    String architecture = model.network().getClass().getSimpleName().toLowerCase(Locale.ROOT);
    return connection
        .names()
        .computeIfAbsent(
            architecture + " " + model.network().context(),
            _ -> find(connection, model, architecture));
  }

  private static String find(Connection connection, LanguageModel<?> model, String architecture) {
    var all = new ArrayList<String>();
    var alike = new ArrayList<String>();
    for (JsonNode hosted : connection.get("/v1/models").path("models")) {
      String name = hosted.path("name").asString("");
      all.add(name);
      if (hosted.path("architecture").asString("").equals(architecture)
          && hosted.path("context").asInt(0) == model.network().context()) {
        alike.add(name);
      }
    }
    if (alike.size() != 1) {
      throw new IllegalArgumentException(
          "the server hosts %s; %s: say which with remote.model(name)"
              .formatted(
                  all,
                  alike.isEmpty() ? "none is built like this one" : "several are built alike"));
    }
    return alike.getFirst();
  }
}
