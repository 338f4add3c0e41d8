package dev.microtome.bench.soak;

import dev.microtome.bench.soak.Hosts.Cut;
import dev.microtome.bench.soak.Hosts.Host;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The part of [NetworkTrial] that runs on the server's host: `CutLines HOSTS LENGTH`. Prints the
/// outcome, and exits 0 when the promise holds.
public final class CutLines {
  private static final List<Host> HOSTS = List.of(Host.API, Host.FIRST, Host.SECOND);
  private static final List<Cut> CUTS = List.of(Cut.BOTH, Cut.ANSWERS, Cut.LINK);
  private static final int CLIENTS = 3;
  private static final Duration BETWEEN = Duration.ofMillis(500);
  private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(20);
  private static final Duration REST = Duration.ofSeconds(2);
  private static final int BURST = 12;
  private static final Duration WHOLE = Duration.ofMinutes(4);
  private static final double MOST_SECONDS = 5;
  private static final double MOST_SECONDS_TO_COME_BACK = 10;

  private final Hosts hosts;
  private final ServerProcess server;
  private final HandedIn jobs;
  private final Probe probe;
  private int cuts;
  private String slow = "";
  private double back;

  private CutLines(Hosts hosts, ServerProcess server, HandedIn jobs, Probe probe) {
    this.hosts = hosts;
    this.server = server;
    this.jobs = jobs;
    this.probe = probe;
  }

  /// Runs it.
  public static void main(String[] args) throws Exception {
    Thread.ofPlatform().daemon().start(CutLines::endWithWhoBegan);
    Trial.Outcome outcome = run(new Hosts(args[0]), Trial.Length.valueOf(args[1]));
    System.out.println(outcome.numbers());
    System.exit(outcome.holds() ? 0 : 1);
  }

  // Whoever began this holds its input open as long as it lives.
  private static void endWithWhoBegan() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException gone) {
      // so it is
    }
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    Runtime.getRuntime().halt(1);
  }

  private static Trial.Outcome run(Hosts hosts, Trial.Length length) throws Exception {
    var workers = new ArrayList<EchoProcess>();
    String password = System.getenv("MICROTOME_QUEUE_PASSWORD");
    try (var scratch = new ScratchFolder();
        var redis = new RedisProcess(scratch.path(), hosts, password);
        var server = new ServerProcess(redis.url());
        var client = new JobClient(server.port(), server.key)) {
      for (Host host : List.of(Host.FIRST, Host.SECOND)) {
        var folder = scratch.path().resolve(host.name());
        workers.add(new EchoProcess(hosts.on(host), EchoWorker.class, folder, redis.url()));
      }
      var jobs = new HandedIn(client);
      var lines = new CutLines(hosts, server, jobs, new Probe(client));
      try (var threads = Executors.newFixedThreadPool(CLIENTS + 1)) {
        lines.cutWhileJobsComeIn(threads, length);
        threads.shutdownNow();
      }
      return lines.outcome(workers);
    } finally {
      workers.forEach(EchoProcess::close);
    }
  }

  private void cutWhileJobsComeIn(ExecutorService threads, Trial.Length length) throws Exception {
    for (int i = 0; i < CLIENTS; i++) {
      var _ =
          threads.submit(
              () -> jobs.keepOn(n -> "sleep " + (n % 8 == 0 ? 1_000 : n % 10 * 20), BETWEEN));
    }
    probe.know(jobs.hand("hello x first"));
    var _ = threads.submit(probe::keepOn);
    Thread.sleep(REST);
    cut(Host.FIRST, Cut.BOTH, Duration.ofSeconds(5));
    cutTheServerToo();
    slow = hosts.slow(Host.SECOND);
    cut(Host.API, Cut.ANSWERS, Duration.ofSeconds(3));
    if (length == Trial.Length.LONG) {
      atRandom(new Random(1));
    }
  }

  /// While a worker is away for longer than its leases hold, so is the server for a while.
  private void cutTheServerToo() throws Exception {
    cuts++;
    burst();
    hosts.cut(Host.SECOND, Cut.LINK);
    Thread.sleep(REST);
    Duration apart = Duration.ofSeconds(7);
    cut(Host.API, Cut.BOTH, apart);
    Thread.sleep(LONGER_THAN_A_LEASE.minus(apart).minus(REST));
    hosts.heal(Host.SECOND, Cut.LINK);
    Thread.sleep(REST);
  }

  private void atRandom(Random random) throws Exception {
    long end = System.nanoTime() + WHOLE.toNanos();
    while (System.nanoTime() < end) {
      Host host = HOSTS.get(random.nextInt(HOSTS.size()));
      boolean isLong = host != Host.API && random.nextInt(3) == 0;
      int millis = isLong ? 17_000 + random.nextInt(8_000) : 500 + random.nextInt(9_000);
      cut(host, CUTS.get(random.nextInt(CUTS.size())), Duration.ofMillis(millis));
    }
  }

  /// Cuts a line while its worker runs jobs, and mends it.
  private void cut(Host host, Cut how, Duration time) throws Exception {
    cuts++;
    burst();
    hosts.cut(host, how);
    Thread.sleep(time);
    hosts.heal(host, how);
    if (host == Host.API) {
      back = Math.max(back, probe.secondsUntilAnswered());
    }
    Thread.sleep(REST);
  }

  // So many that each worker has some when the line is cut; the server is not always there.
  private void burst() throws Exception {
    for (int i = 0; i < BURST; i++) {
      jobs.hand("sleep 300");
    }
    Thread.sleep(200);
  }

  private Trial.Outcome outcome(List<EchoProcess> workers) throws Exception {
    Trial.Outcome all = jobs.outcome("cuts", cuts);
    boolean isBack = workers.stream().allMatch(worker -> worker.process().isAlive());
    return new Trial.Outcome(
        all.holds()
            && isBack
            && server.isAlive()
            && probe.strange() == 0
            && probe.longest() < MOST_SECONDS
            && back < MOST_SECONDS_TO_COME_BACK,
        String.format(
            Locale.ROOT,
            "%s; %s, and the job again %.1f s after a line was mended (at most); then a line %s",
            all.numbers(),
            probe.numbers(),
            back,
            slow));
  }
}
