package dev.microtome.server;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Reports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs jobs without any model: does what the first prompt says, `sleep MILLIS`, `log TEXT`,
/// `fail`, `lose`, `steps N`, `file`; whatever it is, the result is the job's own JSON, in memory
/// or with `file` in one. Counts how often it ran each.
public final class TestExecutor implements Executor {
  private static final Pattern ORDER = Pattern.compile("\"prompts\":\\s*\\[\"(\\w+) ?([^\"]*)\"");

  public final Map<JobId, LongAdder> runs = new ConcurrentHashMap<>();
  private final Set<JobId> cancelled = ConcurrentHashMap.newKeySet();
  private final String name;
  private final String model;
  private final int together;

  public TestExecutor(String name, String model, int together) {
    this.name = name;
    this.model = model;
    this.together = together;
  }

  /// A job as JSON whose first prompt is `order`.
  public static String job(String order) {
    return """
    {"version": 1, "model": "m", "traces": [{"prompts": ["%s"], "nodes":
    [{"op": "argument", "args": ["lm_head.output", 0], "save": true}]}]}\
    """
        .formatted(order);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public HostedModel model() {
    return new HostedModel(
        model, "gpt2", "abc", 1_000, 4_000, "float32", 128, List.of("french"), Path.of("/nowhere"));
  }

  @Override
  public Condition condition() {
    return new Condition(Condition.Phase.READY, 123 << 20, 0);
  }

  @Override
  public int together() {
    return together;
  }

  @Override
  public void run(List<Claim> jobs, Reports reports) throws InterruptedException {
    for (Claim claim : jobs) {
      try {
        run(claim, reports);
      } catch (IOException e) {
        reports.failed(claim.job().id(), new Failure(ErrorCode.INTERNAL, e.toString()));
      }
    }
  }

  private void run(Claim claim, Reports reports) throws InterruptedException, IOException {
    JobId id = claim.job().id();
    reports.began(id);
    runs.computeIfAbsent(id, _ -> new LongAdder()).increment();
    Matcher order = ORDER.matcher(claim.payload().jsonText());
    String verb = order.find() ? order.group(1) : "";
    String rest = verb.isEmpty() ? "" : order.group(2);
    switch (verb) {
      case "sleep" -> sleep(id, Long.parseLong(rest));
      case "log" -> reports.log(id, rest);
      case "steps" -> steps(id, Integer.parseInt(rest), reports);
      default -> {}
    }
    if (cancelled.remove(id) || verb.equals("fail")) {
      reports.failed(
          id, new Failure(ErrorCode.RUN_FAILED, "torch", "<b>it failed</b>", 0, 0, "lm_head"));
    } else if (verb.equals("lose")) {
      reports.lost(id, new Failure(ErrorCode.WORKER_CRASHED, "the worker ended"), true);
    } else {
      byte[] result = claim.payload().jsonText().getBytes(StandardCharsets.UTF_8);
      reports.completed(
          id,
          verb.equals("file")
              ? new Draft.InFile(Files.write(reports.draft(), result))
              : new Draft.InMemory(result));
    }
  }

  private void sleep(JobId id, long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end && !cancelled.contains(id)) {
      Thread.sleep(Math.min(10, millis));
    }
  }

  private void steps(JobId id, int all, Reports reports) throws InterruptedException {
    for (int done = 1; done <= all; done++) {
      reports.progress(id, done, all);
      Thread.sleep(20);
    }
  }

  @Override
  public void cancel(JobId job) {
    cancelled.add(job);
  }

  @Override
  public void close() {}
}
