package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.Submission;
import dev.microtome.server.protocol.JobHead;
import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.protocol.Multipart;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.work.Costing;
import dev.microtome.server.work.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/// `/v1/jobs`: hand in, look, follow, fetch, cancel. A job of somebody else is not there.
final class JobRoutes {
  private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[!-~]{1,128}");
  private static final int MOST_LISTED = 100;
  private static final int LONGEST_WAIT = 30;
  private static final int LONGEST_ID = 18;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final JobQueue queue;
  private final Progress progress;
  private final Hosting hosting;
  private final Costing costing;
  private final Changes changes;
  private final Limits limits;
  private final JobReader reader;
  private final ResultDownload download;
  private final Rates submits;

  JobRoutes(
      JobQueue queue,
      ResultStore results,
      Progress progress,
      Hosting hosting,
      Costing costing,
      Changes changes,
      Limits limits,
      InstantSource clock) {
    this.queue = queue;
    this.progress = progress;
    this.hosting = hosting;
    this.costing = costing;
    this.changes = changes;
    this.limits = limits;
    this.reader = new JobReader(limits);
    this.download = new ResultDownload(results);
    this.submits = new Rates(MINUTE, clock);
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

  private void submit(Exchange exchange) throws IOException {
    String again = exchange.header("Idempotency-Key");
    if (again != null && !IDEMPOTENCY_KEY.matcher(again).matches()) {
      throw new RefusedException(
          ErrorCode.INVALID_REQUEST, "an Idempotency-Key is 1 to 128 visible ASCII characters");
    }
    String type = exchange.header("Content-Type");
    Payload payload = Multipart.read(type == null ? "" : type, exchange.body());
    JobQueue.Submitted submitted = submitted(exchange.owner(), payload, again);
    exchange.set(HttpHeader.LOCATION, "/v1/jobs/" + submitted.job().id());
    exchange.json(submitted.isNew() ? 202 : 200, json(submitted.job()));
  }

  /// What is handed in again costs nothing: neither a look at it nor a share of the minute.
  private JobQueue.Submitted submitted(String owner, Payload payload, @Nullable String again) {
    Job earlier = again == null ? null : queue.earlier(owner, again, payload);
    if (earlier != null) {
      return new JobQueue.Submitted(earlier, false);
    }
    requireShare(owner);
    return queue.submit(submission(owner, payload, again));
  }

  private void requireShare(String owner) {
    int most = limits.queueing().submitsPerMinute();
    int wait = submits.take(owner, most);
    if (wait > 0) {
      throw new RefusedException(
          new Failure(
              ErrorCode.TOO_MANY_REQUESTS,
              "a key hands in at most %d jobs a minute".formatted(most)),
          wait);
    }
  }

  private Submission submission(String owner, Payload payload, @Nullable String again) {
    JobHead head = reader.read(payload);
    hosting.require(head.model(), head.adapter());
    costing.cost(head.model(), head.adapter(), payload);
    return new Submission(
        owner, head.model(), head.adapter(), head.priority(), head.time(), payload, again);
  }

  private void list(Exchange exchange) throws IOException {
    List<Job> jobs = queue.jobsOf(exchange.owner(), exchange.query("limit", 20, MOST_LISTED));
    exchange.json(200, Map.of("jobs", jobs.stream().map(this::json).toList()));
  }

  /// With `wait=S`, answers when the job has ended or after so many seconds.
  private void look(Exchange exchange) throws IOException, InterruptedException {
    Job job = own(exchange);
    long end =
        System.nanoTime() + Duration.ofSeconds(exchange.query("wait", 0, LONGEST_WAIT)).toNanos();
    try (var watch = changes.watch(job.id())) {
      long left = end - System.nanoTime();
      job = own(exchange);
      while (!job.state().isFinal() && left > 0) {
        watch.await(Duration.ofNanos(left));
        job = own(exchange);
        left = end - System.nanoTime();
      }
    }
    exchange.json(200, json(job));
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
