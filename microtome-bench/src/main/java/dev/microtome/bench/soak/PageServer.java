package dev.microtome.bench.soak;

import dev.microtome.server.ModelServer;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.key.Scope;
import dev.microtome.server.work.Executor;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;

/// A server whose status page is to be looked at: workers and jobs full of markup, jobs that ended,
/// failed, run and wait. `PageServer FOLDER` prints its address and a key, and serves until killed.
public final class PageServer {
  private static final String MARKUP = "<img src=x onerror=1><script>document.title='ran'</script>";

  private PageServer() {}

  /// Serves until the process is ended.
  public static void main(String[] args) throws Exception {
    List<Executor> executors =
        List.of(new EchoExecutor("echo-1"), new EchoExecutor("echo-2 " + MARKUP));
    ModelServer server =
        ModelServer.start(
            Path.of(args[0]),
            HttpSettings.loopback(0),
            EchoServer.limits(),
            executors,
            EchoServer.FREE);
    String key = server.keys().create("page", EnumSet.allOf(Scope.class), null).text();
    try (var client = new JobClient(server.port(), key)) {
      String markup = MARKUP.replace("\"", "\\\"");
      client.ended(client.submit("done", EchoExecutor.job("hello x")));
      client.ended(client.submit("failed", EchoExecutor.job("fail x " + markup)));
      client.submit("logs", EchoExecutor.job("lines 20000 " + markup));
      client.submit("steps", EchoExecutor.job("steps 20000"));
      client.submit("waits", EchoExecutor.job("sleep 1"));
    }
    System.out.println("http://localhost:" + server.port() + "/ " + key);
    Thread.currentThread().join();
  }
}
