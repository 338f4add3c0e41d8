package dev.microtome.models.hub;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A hub and its content server on two ports of loopback, with the repositories of the golden:
/// `acme/tiny`, `acme/old` (renamed to it) and `acme/gated` (for the token `hf_good`). Keeps what
/// it was asked.
final class LoopbackHub implements AutoCloseable {
  static final String COMMIT = "4bdfde9768ed074657858faf6ea3e2937dce580d";

  /// One request: `METHOD PORT PATH STATUS`, PORT being `hub` or `cdn`, and its headers.
  record Asked(String line, Map<String, String> headers) {}

  /// What the content server does to the next GET.
  enum Mood {
    FINE,
    BREAKS_OFF,
    IGNORES_RANGE,
    WRONG_BYTES,
    TOO_MANY_BYTES,
    BUSY,
    NEVER,
    STALLS
  }

  private final HttpServer hub;
  private final HttpServer cdn;
  private final Map<String, Path> files = new TreeMap<>();
  private final Map<String, String> etags;
  final List<Asked> asked = new ArrayList<>();
  final List<String> extraFiles = new ArrayList<>();
  Mood mood = Mood.FINE;

  LoopbackHub(Path tiny, Map<String, String> etags) {
    this.etags = etags;
    try (var list = Files.list(tiny)) {
      list.forEach(file -> files.put(file.getFileName().toString(), file));
      var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      hub = HttpServer.create(loopback, 0);
      cdn = HttpServer.create(loopback, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    hub.createContext("/", exchange -> answer(exchange, "hub"));
    cdn.createContext("/", exchange -> answer(exchange, "cdn"));
    hub.start();
    cdn.start();
  }

  private static String address(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  String endpoint() {
    return address(hub);
  }

  synchronized List<String> lines() {
    return asked.stream().map(Asked::line).toList();
  }

  private void answer(HttpExchange exchange, String who) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    try (exchange) {
      if (who.equals("cdn")) {
        content(exchange, path.substring("/cdn/".length()));
      } else if (path.startsWith("/api/")) {
        listing(exchange);
      } else {
        resolve(exchange, path);
      }
    }
  }

  /// Notes a request, before the client can go on.
  private synchronized void note(HttpExchange exchange, int status) {
    var headers = new LinkedHashMap<String, String>();
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
    boolean isHub = exchange.getLocalAddress().getPort() == hub.getAddress().getPort();
    asked.add(
        new Asked(
            "%s %s %s %d"
                .formatted(
                    exchange.getRequestMethod(),
                    isHub ? "hub" : "cdn",
                    exchange.getRequestURI().getRawPath(),
                    status),
            headers));
  }

  private void listing(HttpExchange exchange) throws IOException {
    var names = new ArrayList<>(files.keySet());
    names.addAll(extraFiles);
    String siblings =
        String.join(",", names.stream().map(n -> "{\"rfilename\": \"" + n + "\"}").toList());
    byte[] json =
        ("{\"sha\": \"" + COMMIT + "\", \"siblings\": [" + siblings + "]}").getBytes("UTF-8");
    send(exchange, 200, json, json.length);
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    String[] parts = path.split("/", 6);
    String repo = parts[2];
    Headers headers = exchange.getResponseHeaders();
    if (repo.equals("old")) {
      headers.set("Location", path.replace("/old/", "/tiny/"));
      send(exchange, 307, new byte[0], -1);
      return;
    }
    if (repo.equals("gated")) {
      String token = exchange.getRequestHeaders().getFirst("Authorization");
      if (!"Bearer hf_good".equals(token)) {
        refuse(exchange, token == null ? 401 : 403, "GatedRepo", "Access is restricted.");
        return;
      }
    } else if (!repo.equals("tiny")) {
      refuse(exchange, 401, "RepoNotFound", "Repository not found");
      return;
    }
    String revision = parts[4];
    if (!List.of("main", "v1", COMMIT).contains(revision)) {
      refuse(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
      return;
    }
    headers.set("X-Repo-Commit", COMMIT);
    Path file = files.get(parts[5]);
    if (file == null) {
      refuse(exchange, 404, "EntryNotFound", "Entry not found");
      return;
    }
    found(exchange, parts[5], file);
  }

  private void found(HttpExchange exchange, String name, Path file) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("ETag", "\"" + etags.get(name) + "\"");
    if (name.endsWith(".safetensors")) {
      headers.set("X-Linked-Etag", "\"" + etags.get(name) + "\"");
      headers.set("X-Linked-Size", String.valueOf(Files.size(file)));
      headers.set("Location", address(cdn) + "/cdn/" + name);
      send(exchange, 302, new byte[0], -1);
      return;
    }
    send(exchange, 200, Files.readAllBytes(file), Files.size(file));
  }

  private void refuse(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    exchange.getResponseHeaders().set("X-Error-Code", code);
    exchange.getResponseHeaders().set("X-Error-Message", message);
    send(exchange, status, new byte[0], -1);
  }

  private void content(HttpExchange exchange, String name) throws IOException {
    byte[] bytes = Files.readAllBytes(files.get(name));
    Mood now = mood;
    if (now != Mood.NEVER) {
      mood = Mood.FINE;
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from =
        range == null || now == Mood.IGNORES_RANGE
            ? 0
            : Integer.parseInt(range.replaceAll("\\D", ""));
    byte[] rest = java.util.Arrays.copyOfRange(bytes, from, bytes.length);
    int status = from > 0 ? 206 : 200;
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    switch (now) {
      case FINE, IGNORES_RANGE -> send(exchange, status, rest, rest.length);
      case BREAKS_OFF, STALLS -> half(exchange, status, rest, now);
      case WRONG_BYTES -> send(exchange, status, new byte[rest.length], rest.length);
      case TOO_MANY_BYTES -> send(exchange, status, new byte[bytes.length + 9], bytes.length + 9L);
      case BUSY -> {
        exchange.getResponseHeaders().set("Retry-After", "0");
        send(exchange, 429, new byte[0], -1);
      }
      case NEVER -> send(exchange, 503, new byte[0], -1);
    }
  }

  private void half(HttpExchange exchange, int status, byte[] rest, Mood mood) throws IOException {
    note(exchange, status);
    exchange.sendResponseHeaders(status, rest.length);
    exchange.getResponseBody().write(rest, 0, rest.length / 2);
    exchange.getResponseBody().flush();
    if (mood == Mood.STALLS) {
      try {
        Thread.sleep(1500);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void send(HttpExchange exchange, int status, byte[] body, long length)
      throws IOException {
    note(exchange, status);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head && length >= 0) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(length));
    }
    exchange.sendResponseHeaders(status, head || length < 0 ? -1 : length);
    if (!head && length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
  }
}
