package dev.microtome.models.hub;

import dev.microtome.models.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// Fetches one file's content into the cache, going on where an earlier attempt ended.
final class Download {
  private static final int MOST_FAILURES = 5;
  private static final int MOST_REDIRECTS = 5;
  private static final int BUFFER = 1 << 18;

  private final HubRequests requests;
  private final HubSettings settings;
  private final String file;
  private final Remote remote;
  private final HubProgress progress;

  Download(
      HubRequests requests,
      HubSettings settings,
      String file,
      Remote remote,
      HubProgress progress) {
    this.requests = requests;
    this.settings = settings;
    this.file = file;
    this.remote = remote;
    this.progress = progress;
  }

  /// Makes the content appear at `blob`, whole and checked, or not at all.
  void into(Path blob) {
    Path part = blob.resolveSibling(blob.getFileName() + ".incomplete");
    try {
      requireSpace(part);
      try (var out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        fetch(out);
        out.force(true);
      }
      verify(part);
      RepoCache.move(part, blob);
    } catch (IOException e) {
      throw RepoCache.disk("can't write " + part, e);
    }
  }

  private void requireSpace(Path part) throws IOException {
    long there = Files.exists(part) ? Files.size(part) : 0;
    long free = Files.getFileStore(part.getParent()).getUsableSpace();
    if (free < remote.size() - there) {
      throw new HubException(
          Kind.DISK,
          "%s needs %,d bytes more, but only %,d are free at %s; free space or set HF_HOME to a larger disk"
              .formatted(file, remote.size() - there, free, part.getParent()));
    }
  }

  private void fetch(FileChannel out) throws IOException {
    if (out.size() > remote.size()) {
      out.truncate(0);
    }
    int failures = 0;
    progress.at(file, out.size(), remote.size());
    while (out.size() < remote.size()) {
      long before = out.size();
      String trouble;
      try {
        trouble = attempt(out);
      } catch (ConnectionTrouble e) {
        trouble = String.valueOf(e.getMessage());
      }
      failures = out.size() > before ? 0 : failures + 1;
      if (out.size() < remote.size() && failures >= MOST_FAILURES) {
        throw new HubException(
            Kind.OFFLINE,
            "%s: the download stopped at %,d of %,d bytes (%s); check the connection and start again, it goes on from there"
                .formatted(file, out.size(), remote.size(), trouble));
      }
      pause(failures);
    }
  }

  /// A connection that fails, unlike a disk that does.
  private static final class ConnectionTrouble extends Exception {
    private static final long serialVersionUID = 1L;

    ConnectionTrouble(IOException cause) {
      super(cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
    }
  }

  private static void pause(int failures) {
    if (failures > 0) {
      try {
        Thread.sleep(Duration.ofMillis(50L << failures));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new HubException(
            Kind.OFFLINE, "the download was interrupted; start it again, it goes on", e);
      }
    }
  }

  /// Asks once for what is missing; says what happened.
  private String attempt(FileChannel out) throws IOException, ConnectionTrouble {
    long from = out.size();
    HttpResponse<InputStream> answer = get(from);
    try (InputStream in = answer.body()) {
      switch (answer.statusCode()) {
        case 200 -> out.truncate(0); // the whole file, whatever was asked for
        case 206 -> requireStart(answer, from);
        case 416 -> out.truncate(0);
        case 401, 403, 404, 410 ->
            throw new HubException(
                Kind.ANSWER,
                "%s: its content is refused with status %d; start again for a fresh address"
                    .formatted(file, answer.statusCode()));
        default -> {
          // 408, 5xx: another time
        }
      }
      if (answer.statusCode() / 100 == 2) {
        copy(in, out);
      }
      return "status " + answer.statusCode();
    } catch (java.io.UncheckedIOException e) {
      throw new ConnectionTrouble(new IOException(e));
    }
  }

  private HttpResponse<InputStream> get(long from) throws ConnectionTrouble {
    URI address = remote.location();
    try {
      for (int i = 0; i < MOST_REDIRECTS; i++) {
        HttpRequest.Builder request = requests.request(address).GET();
        if (from > 0) {
          request.header("Range", "bytes=" + from + "-");
        }
        var answer = requests.send(request.build(), BodyHandlers.ofInputStream());
        URI next = HubRequests.location(answer, address);
        if (next == null) {
          return answer;
        }
        answer.body().close();
        address = next;
      }
    } catch (IOException e) {
      throw new ConnectionTrouble(e);
    }
    throw new HubException(Kind.ANSWER, file + ": the hub redirects in circles");
  }

  private void requireStart(HttpResponse<?> answer, long from) {
    String range = HubRequests.header(answer, "Content-Range", "");
    if (!range.startsWith("bytes " + from + "-")) {
      throw new HubException(
          Kind.ANSWER,
          "%s: asked for bytes from %d on, got \"%s\"; start again".formatted(file, from, range));
    }
  }

  private void copy(InputStream in, FileChannel out) throws IOException, ConnectionTrouble {
    out.position(out.size());
    var buffer = new byte[BUFFER];
    try (var watch = new StallWatch(in, settings.patience())) {
      for (int read = read(in, buffer); read >= 0; read = read(in, buffer)) {
        watch.progress();
        if (out.position() + read > remote.size()) {
          out.truncate(0);
          throw new HubException(
              Kind.CHECKSUM,
              "%s: more than the announced %,d bytes came; what came was discarded, try again later"
                  .formatted(file, remote.size()));
        }
        var bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        progress.at(file, out.position(), remote.size());
      }
    }
  }

  private static int read(InputStream in, byte[] buffer) throws ConnectionTrouble {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw new ConnectionTrouble(e);
    }
  }

  private void verify(Path part) throws IOException {
    var announced = Checksum.of(remote.etag());
    String found = announced == null ? remote.etag() : announced.of(part);
    if (announced != null && !found.equals(remote.etag())) {
      Files.delete(part);
      throw new HubException(
          Kind.CHECKSUM,
          "%s: its %s is %s, announced was %s; what came was discarded, try again"
              .formatted(file, announced.label(), found, remote.etag()));
    }
  }
}
