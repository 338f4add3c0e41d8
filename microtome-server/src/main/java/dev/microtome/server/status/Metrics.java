package dev.microtome.server.status;

import dev.microtome.server.job.JobState;
import dev.microtome.server.queue.QueueCounts;
import dev.microtome.server.work.Worker;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The numbers in Prometheus' text format. Labels are models, states and codes, never users.
public final class Metrics {
  private final StringBuilder text = new StringBuilder(4_096);

  private Metrics() {}

  public static String text(
      Statistics.Snapshot jobs,
      QueueCounts counts,
      List<Worker> workers,
      Counters counters,
      Map<String, Long> gauges) {
    var metrics = new Metrics();
    metrics.jobs(jobs);
    metrics.queue(counts);
    metrics.workers(workers);
    metrics.head("http_answers_total", "counter", "Answers by HTTP status.");
    counters.answers().forEach((s, n) -> metrics.line("http_answers_total", "status", s + "", n));
    metrics.head("refusals_total", "counter", "Refused requests by code.");
    counters
        .refusals()
        .forEach((code, n) -> metrics.line("refusals_total", "code", code.label(), n));
    gauges.forEach((name, value) -> {
      metrics.head(name, "gauge", "See the name.");
      metrics.line(name, value);
    });
    return metrics.text.toString();
  }

  private void jobs(Statistics.Snapshot jobs) {
    head("jobs_total", "counter", "Ended jobs by state.");
    for (JobState state : List.of(JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)) {
      long count = jobs.ended().getOrDefault(state, 0L);
      line("jobs_total", "state", state.name().toLowerCase(Locale.ROOT), count);
    }
    head("job_errors_total", "counter", "Failed jobs by code.");
    jobs.errors().forEach((code, n) -> line("job_errors_total", "code", code.label(), n));
    quantiles("job_wait_seconds", "How long the last jobs waited.", jobs.waited());
    quantiles("job_run_seconds", "How long the last jobs ran.", jobs.ran());
  }

  private void quantiles(String name, String help, Statistics.Quantiles values) {
    head(name, "gauge", help);
    line(name, "quantile", "0.5", values.p50() / 1e3);
    line(name, "quantile", "0.95", values.p95() / 1e3);
  }

  private void queue(QueueCounts counts) {
    head("jobs_queued", "gauge", "Queued jobs by model.");
    counts.queued().forEach((model, n) -> line("jobs_queued", "model", model, n));
    head("jobs_running", "gauge", "Running jobs by model.");
    counts.running().forEach((model, n) -> line("jobs_running", "model", model, n));
  }

  private void workers(List<Worker> workers) {
    head("worker_restarts_total", "counter", "How often a worker was started again.");
    workers.forEach(
        e -> line("worker_restarts_total", "worker", e.name(), e.condition().restarts()));
    head("worker_memory_bytes", "gauge", "Memory of a worker.");
    workers.forEach(e -> line("worker_memory_bytes", "worker", e.name(), e.condition().memory()));
  }

  private void head(String name, String type, String help) {
    text.append(
        "# HELP microtome_%s %s\n# TYPE microtome_%s %s\n".formatted(name, help, name, type));
  }

  private void line(String name, Number value) {
    text.append("microtome_%s %s\n".formatted(name, value));
  }

  private void line(String name, String label, String of, Number value) {
    text.append("microtome_%s{%s=\"%s\"} %s\n".formatted(name, label, of, value));
  }
}
