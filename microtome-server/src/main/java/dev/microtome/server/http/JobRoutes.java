package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.key.Scope;
import dev.microtome.server.protocol.Multipart;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.work.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;

/// `/v1/jobs`: hand in, look, follow, fetch, cancel. A job of somebody else is not there.
final class JobRoutes {
  private static final int MOST_LISTED = 100;
  private static final int LONGEST_WAIT = 30;
  private static final int LONGEST_ID = 18;

  private final JobQueue queue;
  private final Progress progress;
  private final Reception reception;
  private final Changes changes;
  private final ResultDownload download;

  JobRoutes(
      JobQueue queue,
      ResultStore results,
      Progress progress,
      Reception reception,
      Changes changes) {
    this.queue = queue;
    this.progress = progress;
    this.reception = reception;
    this.changes = changes;
    this.download = new ResultDownload(results);
  }

  List<Route> routes() {
    return List.of(
        new Route("POST", "/v1/jobs", Access.SUBMIT, this::submit),
        new Route("GET", "/v1/jobs", Access.READ, this::list),
        new Route("GET", "/v1/jobs/{id}", Access.READ, this::look),
        new Route("DELETE", "/v1/jobs/{id}", Access.SUBMIT, this::cancel),
        new Route("GET", "/v1/jobs/{id}/events", Access.READ, this::follow),
        new Route("GET", "/v1/jobs/{id}/result", Access.READ, this::fetch));
  }

  /// With `Prefer: wait=S` (RFC 7240), answers when the job has ended or after so many seconds, and
  /// to who accepts it with the result itself.
  private void submit(Exchange exchange) throws IOException, InterruptedException {
    String type = exchange.header("Content-Type");
    Payload payload = Multipart.read(type == null ? "" : type, exchange.body());
    JobQueue.Submitted submitted =
        reception.take(exchange.owner(), payload, exchange.header("Idempotency-Key"));
    int wait = exchange.may(Scope.READ) ? exchange.preferredWait(LONGEST_WAIT) : 0;
    Job job = awaited(submitted.job(), wait);
    if (!job.state().isFinal()) {
      queue.settle();
    }
    exchange.set(HttpHeader.LOCATION, "/v1/jobs/" + job.id());
    if (wait > 0 && ResultDownload.isShort(job) && exchange.accepts(ResultDownload.TYPE)) {
      download.send(exchange, job);
    } else {
      boolean ended = wait > 0 && job.state().isFinal();
      exchange.json(submitted.isNew() && !ended ? 202 : 200, json(job));
    }
  }

  /// The job when it has ended, or as it is after so many seconds.
  private Job awaited(Job job, int seconds) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    if (job.state().isFinal() || seconds == 0) {
      return job;
    }
    try (var watch = changes.watchEnd(job.id())) {
      Job now = present(job);
      for (long left = end - System.nanoTime(); !now.state().isFinal() && left > 0; ) {
        watch.await(Duration.ofNanos(left));
        now = present(job);
        left = end - System.nanoTime();
      }
      return now;
    }
  }

  private Job present(Job job) {
    Job now = queue.find(job.id());
    if (now == null) {
      throw new RefusedException(ErrorCode.GONE, "the job is kept no longer");
    }
    return now;
  }

  private void list(Exchange exchange) throws IOException {
    List<Job> jobs = queue.jobsOf(exchange.owner(), exchange.query("limit", 20, MOST_LISTED));
    exchange.json(200, Map.of("jobs", jobs.stream().map(this::json).toList()));
  }

  /// With `wait=S`, answers when the job has ended or after so many seconds.
  private void look(Exchange exchange) throws IOException, InterruptedException {
    exchange.json(200, json(awaited(own(exchange), exchange.query("wait", 0, LONGEST_WAIT))));
  }

  private void cancel(Exchange exchange) throws IOException {
    Job job = own(exchange);
    queue.cancel(job.id());
    exchange.json(200, json(own(exchange)));
  }

  private void follow(Exchange exchange) throws IOException, InterruptedException {
    Job job = own(exchange);
    String seen = exchange.header("Last-Event-ID");
    long last =
        seen != null && seen.length() < LONGEST_ID && seen.matches("\\d+")
            ? Long.parseLong(seen)
            : 0;
    try (var watch = changes.watch(job.id());
        OutputStream out = exchange.stream(200, "text/event-stream")) {
      new EventStream(queue, progress, job.id(), out, last).run(watch);
    }
  }

  private void fetch(Exchange exchange) throws IOException {
    download.send(exchange, own(exchange));
  }

  private Job own(Exchange exchange) {
    String id = exchange.path("id");
    Job job = JobId.isOne(id) ? queue.find(new JobId(id)) : null;
    if (job == null || !job.owner().equals(exchange.owner())) {
      throw new RefusedException(ErrorCode.NOT_FOUND, "there is no such job");
    }
    return job;
  }

  private Map<String, Object> json(Job job) {
    return Json.job(job, progress.of(job.id()));
  }
}
