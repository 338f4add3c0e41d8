package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.status.Counters;
import dev.microtome.server.status.Metrics;
import dev.microtome.server.status.Statistics;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.HostedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// The server itself: models, limits, how it is doing.
final class ServerRoutes {
  private static final String PLAIN = "text/plain; charset=utf-8";

  /// What a client needs to build a network without weights.
  private static final Set<String> FILES =
      Set.of(
          "config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "chat_template.jinja");

  private final Hosting hosting;
  private final JobQueue queue;
  private final Statistics statistics;
  private final Counters counters;
  private final Limits limits;
  private final Supplier<Map<String, Long>> gauges;
  private final BooleanSupplier isDraining;

  ServerRoutes(
      Hosting hosting,
      JobQueue queue,
      Statistics statistics,
      Counters counters,
      Limits limits,
      Supplier<Map<String, Long>> gauges,
      BooleanSupplier isDraining) {
    this.hosting = hosting;
    this.queue = queue;
    this.statistics = statistics;
    this.counters = counters;
    this.limits = limits;
    this.gauges = gauges;
    this.isDraining = isDraining;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/models", Access.READ, this::models),
        new Route("GET", "/v1/models/{model}/files/{file}", Access.READ, this::file),
        new Route("GET", "/v1/capabilities", Access.READ, this::capabilities),
        new Route("GET", "/v1/status", Access.OPEN, this::status),
        new Route("GET", "/healthz", Access.OPEN, this::health),
        new Route("GET", "/readyz", Access.OPEN, this::ready),
        new Route("GET", "/metrics", Access.ADMIN, this::metrics));
  }

  private void models(Exchange exchange) throws IOException {
    exchange.json(
        200, Map.of("models", hosting.models().stream().map(Description::model).toList()));
  }

  private void file(Exchange exchange) throws IOException {
    HostedModel model = hosting.find(exchange.path("model"));
    String name = exchange.path("file");
    Path file = model == null || !FILES.contains(name) ? null : model.folder().resolve(name);
    if (file == null || !Files.isRegularFile(file)) {
      throw new RefusedException(ErrorCode.NOT_FOUND, "there is no such file");
    }
    exchange.bytes(
        200, name.endsWith(".json") ? "application/json" : PLAIN, Files.readAllBytes(file));
  }

  private void capabilities(Exchange exchange) throws IOException {
    exchange.json(200, Description.capabilities(limits));
  }

  private void status(Exchange exchange) throws IOException {
    exchange.json(200, Description.status(hosting, queue.counts(), statistics.snapshot()));
  }

  private void health(Exchange exchange) throws IOException {
    exchange.text(200, PLAIN, "alive\n");
  }

  private void ready(Exchange exchange) throws IOException {
    boolean isReady =
        !isDraining.getAsBoolean()
            && hosting.workers().stream()
                .map(e -> e.condition().phase())
                .anyMatch(p -> p == Condition.Phase.READY || p == Condition.Phase.BUSY);
    exchange.text(isReady ? 200 : 503, PLAIN, isReady ? "ready\n" : "not ready\n");
  }

  private void metrics(Exchange exchange) throws IOException {
    exchange.text(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        Metrics.text(
            statistics.snapshot(), queue.counts(), hosting.workers(), counters, gauges.get()));
  }
}
