package dev.microtome.bench.soak;

import dev.microtome.server.job.DiskFull;
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
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs jobs without a model, to try the server around it: waits, logs or fails as the first prompt
/// says (`sleep MILLIS`, `lines N TEXT`, `steps N`, `fail x TEXT`), and gives the job's own JSON
/// back as its result, perhaps signed.
final class EchoExecutor implements Executor {
  private static final int FEW = 30_000;
  private static final Pattern ORDER = Pattern.compile("\"prompts\":\\[\"(\\w+) (\\w+) ?([^\"]*)");

  private final Map<JobId, LongAdder> runs = new ConcurrentHashMap<>();
  private final Set<JobId> cancelled = ConcurrentHashMap.newKeySet();
  private final String name;
  private final boolean signs;

  EchoExecutor(String name) {
    this(name, false);
  }

  /// @param signs whether each run of a job ends with other bytes, and another number of them
  EchoExecutor(String name, boolean signs) {
    this.name = name;
    this.signs = signs;
  }

  /// A job that makes it do `order`.
  static String job(String order) {
    return ("{\"version\":1,\"model\":\"echo\",\"traces\":[{\"prompts\":[\"%s\"],\"nodes\":["
            + "{\"op\":\"argument\",\"args\":[\"lm_head.output\",0],\"save\":true}]}]}")
        .formatted(order);
  }

  /// How often each job was run.
  Map<JobId, LongAdder> runs() {
    return runs;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public HostedModel model() {
    return new HostedModel(
        "echo", "none", "0", 0, 0, "float32", 1_024, List.of(), Path.of("/nowhere"));
  }

  @Override
  public Condition condition() {
    return new Condition(Condition.Phase.READY, 0, 0);
  }

  @Override
  public int together() {
    return 4;
  }

  @Override
  public void run(List<Claim> jobs, Reports reports) throws InterruptedException {
    for (Claim claim : jobs) {
      JobId id = claim.job().id();
      reports.began(id);
      runs.computeIfAbsent(id, _ -> new LongAdder()).increment();
      try {
        run(claim, reports);
      } catch (IOException e) {
        reports.failed(
            id,
            DiskFull.isWhy(e)
                ? DiskFull.failure() // as a worker says
                : new Failure(ErrorCode.INTERNAL, "the result can't be written"));
      }
    }
  }

  private void run(Claim claim, Reports reports) throws InterruptedException, IOException {
    JobId id = claim.job().id();
    Matcher order = ORDER.matcher(claim.payload().jsonText());
    if (order.find() && obey(id, order, reports)) {
      reports.failed(
          id, new Failure(ErrorCode.RUN_FAILED, "it was told to fail: " + order.group(3)));
      return;
    }
    reports.completed(id, draft(result(claim), reports));
  }

  private byte[] result(Claim claim) {
    byte[] json = claim.payload().json();
    if (!signs) {
      return json;
    }
    String signature = "run %d by %s".formatted(claim.attempt(), UUID.randomUUID());
    return (new String(json, StandardCharsets.UTF_8) + signature.repeat(claim.attempt()))
        .getBytes(StandardCharsets.UTF_8);
  }

  // Both ways a result may go are tried.
  private static Draft draft(byte[] result, Reports reports) throws IOException {
    return result.length < FEW
        ? new Draft.InMemory(result)
        : new Draft.InFile(Files.write(reports.draft(), result));
  }

  /// Whether the job is to fail.
  private boolean obey(JobId id, Matcher order, Reports reports) throws InterruptedException {
    String verb = order.group(1);
    String rest = order.group(2);
    switch (verb) {
      case "sleep" -> sleep(id, Long.parseLong(rest));
      case "lines" -> {
        for (int line = 0; line < Integer.parseInt(rest) && !cancelled.contains(id); line++) {
          reports.log(id, "line " + line + " " + order.group(3));
          Thread.sleep(5);
        }
      }
      case "steps" -> {
        for (int step = 1; step <= Integer.parseInt(rest) && !cancelled.contains(id); step++) {
          reports.progress(id, step, Integer.parseInt(rest));
          Thread.sleep(5);
        }
      }
      default -> {}
    }
    return verb.equals("fail") || cancelled.remove(id);
  }

  private void sleep(JobId id, long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < end && !cancelled.contains(id)) {
      Thread.sleep(Math.min(5, millis));
    }
  }

  @Override
  public void cancel(JobId job) {
    cancelled.add(job);
  }

  @Override
  public void close() {}
}
