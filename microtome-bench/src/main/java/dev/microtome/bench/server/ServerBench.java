package dev.microtome.bench.server;

import dev.microtome.bench.Benchmark;
import dev.microtome.bench.Figure;
import dev.microtome.models.Gpt2;
import dev.microtome.models.Gpt2Config;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.remote.Remote;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A server on this machine: what a trace costs more than here, how many jobs a second, what
/// sharing a forward pass gains, how soon it answers after a start and after a worker was killed.
public final class ServerBench implements Benchmark {
  private static final String BENCH = "server";
  private static final int CLIENTS = 16;
  private static final int TRIPS = 200;
  private static final int SOME = 500;
  private static final int MANY = 3_000; // a server has run for longer than that
  private static final int ROUNDS = 3;
  private static final int TOKENS = 8;
  private static final int MOST_TOKENS = 13;

  @Override
  public String name() {
    return BENCH;
  }

  @Override
  public String about() {
    return "round trip, jobs a second, shared forward passes, start and recovery of a server";
  }

  @Override
  public List<Figure> run() {
    try {
      Path tiny = Files.createTempDirectory("microtome-tiny");
      LanguageModel.shipped().save(tiny, DType.FLOAT32);
      var figures = new ArrayList<>(oneWorker(tiny));
      figures.add(twoWorkers(tiny));
      figures.addAll(sharing(gpt2Small()));
      return figures;
    } catch (Exception failed) {
      throw new IllegalStateException("the server can't be measured", failed);
    }
  }

  private static Path gpt2Small() throws Exception {
    Torch.manualSeed(0);
    Path folder = Files.createTempDirectory("microtome-gpt2-small");
    var network = new Gpt2(Gpt2Config.of(50257, 1024, 768, 12, 12));
    LanguageModel.of(network, null).save(folder, DType.FLOAT32);
    return folder;
  }

  private static Tensor trace(LanguageModel<?> lm, int seed) {
    return trace(lm, Ceiling.ids(seed, TOKENS));
  }

  private static Tensor trace(LanguageModel<?> lm, long[] ids) {
    String last = "transformer.h." + (lm.network().blocks().size() - 1);
    return lm.trace(ids, t -> t.at(last).output().get(":", -1));
  }

  private static List<Figure> oneWorker(Path model) throws Exception {
    long begin = System.nanoTime();
    try (var server = new BenchServer(model, 1, 1, 1)) {
      Remote remote = server.remote();
      LanguageModel<?> here = LanguageModel.load(model);
      LanguageModel<?> there = LanguageModel.skeleton(model).on(remote);
      Tensor _ = trace(there, 0);
      double start = seconds(begin);
      var figures = new ArrayList<Figure>();
      figures.add(figure("start to first answer", start, "s", null));
      figures.add(roundTrip(here, there, SOME, SOME));
      figures.add(roundTrip(here, there, MANY - SOME - TRIPS, MANY));
      figures.add(figure("jobs a second, 1 worker", jobs(there, 300), "/s", null));
      begin = System.nanoTime();
      server.killWorker();
      Tensor _ = trace(there, 1);
      figures.add(
          figure(
              "first answer after a worker was killed, its start included",
              seconds(begin),
              "s",
              Figure.atMost(5 + start)));
      return figures;
    }
  }

  private static Figure roundTrip(
      LanguageModel<?> here, LanguageModel<?> there, int warmUp, int others) {
    double[] extra = new double[TRIPS];
    for (int i = -warmUp; i < TRIPS; i++) {
      long begin = System.nanoTime();
      Tensor _ = trace(here, 3);
      long middle = System.nanoTime();
      Tensor _ = trace(there, 3);
      long end = System.nanoTime();
      if (i >= 0) {
        extra[i] = (end - middle - (middle - begin)) / 1e6;
      }
    }
    Arrays.sort(extra);
    return new Figure(
        BENCH,
        "round trip of a one-save trace over local, after %d others".formatted(others),
        extra[TRIPS / 2],
        "ms",
        Figure.atMost(3),
        (extra[3 * TRIPS / 4] - extra[TRIPS / 4]) / 2);
  }

  private static Figure twoWorkers(Path model) throws Exception {
    try (var server = new BenchServer(model, 2, 1, 1)) {
      LanguageModel<?> there = LanguageModel.skeleton(model).on(server.remote());
      Tensor _ = trace(there, 0);
      return figure("jobs a second, 2 workers", jobs(there, 300), "/s", null);
    }
  }

  private static List<Figure> sharing(Path model) throws Exception {
    int threads = Runtime.getRuntime().availableProcessors();
    double[] ratios = new double[ROUNDS];
    double most = 0;
    try (var alone = new BenchServer(model, 1, 1, threads);
        var together = new BenchServer(model, 1, CLIENTS, threads)) {
      LanguageModel<?> skeleton = LanguageModel.skeleton(model);
      LanguageModel<?> one = skeleton.on(alone.remote());
      LanguageModel<?> many = skeleton.on(together.remote());
      jobs(one, CLIENTS);
      jobs(many, CLIENTS);
      for (int i = 0; i < ROUNDS; i++) {
        double sequential = jobs(one, 4 * CLIENTS);
        double shared = jobs(many, 8 * CLIENTS);
        ratios[i] = shared / sequential;
        most = Math.max(most, shared);
      }
    }
    Arrays.sort(ratios);
    LanguageModel<?> here = LanguageModel.load(model);
    return List.of(
        figure("GPT-2 small, 16 clients: jobs a second, shared passes", most, "/s", null),
        ceiling(here, TOKENS, threads),
        ceiling(here, MOST_TOKENS, threads),
        ceiling(here, MOST_TOKENS, 1),
        new Figure(
            BENCH,
            "GPT-2 small, 16 clients: shared passes over one by one",
            ratios[ROUNDS / 2],
            "x",
            Figure.atLeast(4),
            (ratios[ROUNDS - 1] - ratios[0]) / 2));
  }

  private static Figure ceiling(LanguageModel<?> here, int tokens, int threads) {
    String what =
        "GPT-2 small: a pass of %d rows of %d tokens over as many passes, %d threads, no server"
            .formatted(CLIENTS, tokens, threads);
    return figure(what, Ceiling.of(here, CLIENTS, tokens, threads), "x", null);
  }

  /// Jobs a second of [#CLIENTS] clients that each wait for theirs.
  private static double jobs(LanguageModel<?> lm, int count) throws InterruptedException {
    var next = new AtomicInteger();
    var done = new CountDownLatch(CLIENTS);
    long begin = System.nanoTime();
    for (int client = 0; client < CLIENTS; client++) {
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try {
              for (int job = next.getAndIncrement(); job < count; job = next.getAndIncrement()) {
                int tokens = TOKENS + job % (MOST_TOKENS - TOKENS + 1); // people's prompts differ
                Tensor _ = trace(lm, Ceiling.ids(job % 100, tokens));
              }
            } finally {
              done.countDown();
            }
          });
    }
    done.await();
    return count / seconds(begin);
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private static Figure figure(String what, double value, String unit, Figure.@Nullable Goal goal) {
    return new Figure(BENCH, what, value, unit, goal, 0);
  }
}
