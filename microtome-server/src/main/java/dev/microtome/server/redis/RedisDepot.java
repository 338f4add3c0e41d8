package dev.microtome.server.redis;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.ResultStore;
import dev.microtome.server.queue.StoreException;
import dev.microtome.server.work.Depot;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Progress;
import dev.microtome.server.work.Worker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Jobs, results and workers of one Redis. All servers and workers of one queue use one database of
/// it, and nobody else does.
public final class RedisDepot implements Depot {
  private static final Logger LOG = LoggerFactory.getLogger(RedisDepot.class);
  private static final String HOSTED = "microtome:hosted";
  private static final long BETWEEN_STEPS = Duration.ofMillis(200).toNanos();

  private final RedisLink link;
  private final ChangeFeed feed;
  private final RedisJobQueue queue;
  private final RedisResults results;
  private final Presence presence;
  private final Progress progress = new Progress();
  private final Map<JobId, Long> told = new ConcurrentHashMap<>();

  private RedisDepot(RedisLink link, Path folder, Limits limits, @Nullable InstantSource clock)
      throws IOException {
    String instance = UUID.randomUUID().toString();
    this.link = link;
    this.results = new RedisResults(link, folder.resolve("drafts"), limits.storage(), instance);
    this.feed = new ChangeFeed(link, instance);
    this.queue = new RedisJobQueue(link, feed, limits, instance, clock);
    this.presence = new Presence(link, instance);
    feed.onSteps(progress::hear);
    progress.onStep(this::tell);
  }

  /// Connects to a Redis.
  ///
  /// @param folder where drafts of results are written
  /// @throws StoreException when Redis can't be reached
  public static RedisDepot open(RedisAddress address, Path folder, Limits limits)
      throws IOException {
    return open(address, folder, limits, null);
  }

  /// @param clock another one than Redis' own, for tests
  static RedisDepot open(
      RedisAddress address, Path folder, Limits limits, @Nullable InstantSource clock)
      throws IOException {
    RedisLink link = RedisLink.open(address);
    try {
      return new RedisDepot(link, folder, limits, clock);
    } catch (IOException | RuntimeException failed) {
      link.close();
      throw failed;
    }
  }

  /// What its settings do not promise: sentences for whoever runs it, none when all is well.
  public List<String> warnings() {
    var warnings = new ArrayList<String>();
    Map<String, String> settings;
    try {
      settings =
          link.call(
              RedisLink.SHORT,
              redis -> redis.configGet("appendonly", "appendfsync", "maxmemory-policy"));
    } catch (StoreException refused) {
      settings = null;
    }
    if (settings == null || !settings.containsKey("appendonly")) {
      return List.of("Redis does not tell its settings: whether accepted jobs survive is unknown");
    }
    if (!"yes".equals(settings.get("appendonly"))) {
      warnings.add("Redis keeps no log (appendonly no): a restart of it loses accepted jobs");
    } else if (!"always".equals(settings.get("appendfsync"))) {
      warnings.add(
          "Redis syncs its log now and then (appendfsync %s): a power cut loses the last jobs"
              .formatted(settings.get("appendfsync")));
    }
    if (!"noeviction".equals(settings.get("maxmemory-policy"))) {
      warnings.add("Redis may throw jobs away when its memory is full (maxmemory-policy)");
    }
    return warnings;
  }

  /// Says which models a server hosts, and of which revision.
  public void host(List<HostedModel> models) {
    for (HostedModel model : models) {
      byte[] revision = model.revision().getBytes(StandardCharsets.UTF_8);
      link.call(RedisLink.SHORT, redis -> redis.hset(HOSTED, model.name(), revision));
    }
  }

  /// Refuses a worker whose model has other files than the server's of the same name: its results
  /// would be others.
  public void requireHosted(HostedModel model) {
    byte[] hosted = link.call(RedisLink.SHORT, redis -> redis.hget(HOSTED, model.name()));
    if (hosted != null && !JobFields.text(hosted).equals(model.revision())) {
      throw new IllegalArgumentException(
          "%s is another model than the one the server hosts: revision %s, not %s"
              .formatted(model.name(), model.revision(), JobFields.text(hosted)));
    }
  }

  private void tell(JobId job, int done, int all) {
    long now = System.nanoTime();
    Long before = told.get(job);
    if (done < all && before != null && now - before < BETWEEN_STEPS) {
      return;
    }
    told.put(job, now);
    if (done >= all) {
      told.remove(job);
    }
    try {
      feed.tell(job, done, all);
    } catch (StoreException away) {
      LOG.debug("nobody hears of progress: {}", away.getMessage());
    }
  }

  @Override
  public JobQueue queue() {
    return queue;
  }

  @Override
  public ResultStore results() {
    return results;
  }

  @Override
  public Progress progress() {
    return progress;
  }

  @Override
  public void announce(List<Executor> own) {
    presence.announce(own);
  }

  @Override
  public List<Worker> elsewhere() {
    return presence.elsewhere();
  }

  @Override
  public void close() {
    presence.close();
    queue.close();
    feed.close();
    link.close();
  }
}
