package dev.microtome.server.http;

import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.status.Statistics;
import java.io.IOException;
import java.util.List;

/// The status page: written here, so that it can be read without JavaScript; a script keeps it
/// fresh and shows one's own jobs.
final class PageRoutes {
  private final Hosting hosting;
  private final JobQueue queue;
  private final Statistics statistics;

  PageRoutes(Hosting hosting, JobQueue queue, Statistics statistics) {
    this.hosting = hosting;
    this.queue = queue;
    this.statistics = statistics;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/", Access.OPEN, this::page),
        new Route("GET", "/status.css", Access.OPEN, e -> file(e, "status.css", "text/css")),
        new Route("GET", "/status.js", Access.OPEN, e -> file(e, "status.js", "text/javascript")));
  }

  private void page(Exchange exchange) throws IOException {
    exchange.text(
        200,
        "text/html; charset=utf-8",
        StatusPage.of(hosting, queue.counts(), statistics.snapshot()));
  }

  private static void file(Exchange exchange, String name, String type) throws IOException {
    try (var file = PageRoutes.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is missing beside " + PageRoutes.class);
      }
      exchange.bytes(200, type + "; charset=utf-8", file.readAllBytes());
    }
  }
}
