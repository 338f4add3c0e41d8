package dev.microtome.bench.soak;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Opens many event streams of a job that waits.
final class StreamTrial implements Trial {
  private static final int MOST_MEGABYTES = 400;

  @Override
  public String promise() {
    return "P8";
  }

  @Override
  public String about() {
    return "1,000 idle event streams take below 400 MB";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int streams = 1_000;
    List<Socket> open = new ArrayList<>();
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key)) {
      String id = client.submit("long", EchoExecutor.job("sleep 60000"));
      for (int i = 0; i < streams; i++) {
        open.add(stream(server, id));
      }
      int answered = 0;
      for (Socket socket : open) {
        answered += RawHttp.status(socket) == 200 ? 1 : 0;
      }
      Thread.sleep(length.of(2_000, 30_000));
      double megabytes = server.residentMegabytes();
      boolean torch = server.hasLibtorch();
      client.send("DELETE", "/v1/jobs/" + id, null);
      return new Outcome(
          answered == streams && megabytes < MOST_MEGABYTES && !torch,
          "%d streams, %.0f MB resident, libtorch %s"
              .formatted(answered, megabytes, torch ? "is loaded" : "not loaded"));
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  private static Socket stream(ServerProcess server, String id) throws IOException {
    Socket socket = RawHttp.open(server.port());
    socket.setSoTimeout(20_000);
    socket
        .getOutputStream()
        .write(
            "GET /v1/jobs/%s/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n"
                .formatted(id, server.key)
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }
}
