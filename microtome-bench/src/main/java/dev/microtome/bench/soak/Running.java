package dev.microtome.bench.soak;

import dev.microtome.server.ModelServer;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.key.Scope;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;

/// A server with an [EchoExecutor] in this process, where its runs can be counted.
final class Running implements AutoCloseable {
  final EchoExecutor executor = new EchoExecutor("echo-1");
  final String key;
  private final Path folder;
  private final ModelServer server;

  Running() throws Exception {
    folder = Files.createTempDirectory("microtome-soak");
    server =
        ModelServer.start(
            folder,
            HttpSettings.loopback(0),
            EchoServer.limits(),
            List.of(executor),
            EchoServer.FREE);
    key = server.keys().create("soak", EnumSet.allOf(Scope.class), null).text();
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() throws IOException {
    server.close();
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
