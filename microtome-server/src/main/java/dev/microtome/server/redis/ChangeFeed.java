package dev.microtome.server.redis;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.queue.StoreException;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens to the stream of what changed, wherever that was done. It goes on behind the last entry
/// it saw, so nothing is missed when a connection breaks or Redis starts again.
final class ChangeFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
  private static final String STREAM = "microtome:changes";
  private static final Duration BLOCK = Duration.ofSeconds(1);
  private static final long PAUSE_MILLIS = 100;
  private static final int AT_ONCE = 1_000;
  private static final long MOST = 10_000;

  private final RedisLink link;
  private final String instance;
  private final List<Consumer<JobQueue.Change>> listeners = new CopyOnWriteArrayList<>();
  private final List<Steps> steps = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private String last;
  private @Nullable StatefulRedisConnection<String, byte[]> connection;
  private volatile boolean closed;

  /// Hears how far a job of another process is.
  @FunctionalInterface
  interface Steps {
    void heard(JobId job, int done, int all);
  }

  /// @param instance tells this process from others
  ChangeFeed(RedisLink link, String instance) {
    this.link = link;
    this.instance = instance;
    this.last = newest();
    this.thread = Thread.ofPlatform().daemon().name("redis changes").start(this::listen);
  }

  private String newest() {
    List<StreamMessage<String, byte[]>> end =
        link.call(
            RedisLink.SHORT,
            redis -> redis.xrevrange(STREAM, Range.<String>unbounded(), Limit.from(1)));
    return end == null || end.isEmpty() ? "0-0" : end.getFirst().getId();
  }

  JobQueue.Subscription onChange(Consumer<JobQueue.Change> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  void onSteps(Steps listener) {
    steps.add(listener);
  }

  /// Tells all machines how far a job is.
  void tell(JobId job, int done, int all) {
    Map<String, byte[]> entry =
        Map.of(
            "job", bytes(job.text()),
            "by", bytes(instance),
            "done", bytes(done + ""),
            "all", bytes(all + ""));
    var few = new XAddArgs().maxlen(MOST).approximateTrimming();
    link.call(RedisLink.SHORT, redis -> redis.xadd(STREAM, few, entry));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void listen() {
    while (!closed) {
      try {
        read();
      } catch (RedisException away) {
        LOG.debug("the queue can't be listened to: {}", away.getMessage());
        forget();
        pause();
      } catch (RuntimeException broken) {
        LOG.error("a listener failed", broken);
      }
    }
    forget();
  }

  private void read() {
    var now = connection;
    if (now == null) {
      now = link.another();
      now.setTimeout(BLOCK.plus(BLOCK));
      connection = now;
    }
    for (StreamMessage<String, byte[]> entry : news(now)) {
      last = entry.getId();
      hear(entry.getBody());
    }
  }

  @SuppressWarnings("unchecked") // an array of streams, with one in it
  private List<StreamMessage<String, byte[]>> news(StatefulRedisConnection<String, byte[]> from) {
    XReadArgs args = XReadArgs.Builder.block(BLOCK).count(AT_ONCE);
    List<StreamMessage<String, byte[]>> news =
        from.sync().xread(args, XReadArgs.StreamOffset.from(STREAM, last));
    return news == null ? List.of() : news;
  }

  private void hear(Map<String, byte[]> entry) {
    var job = new JobId(JobFields.text(entry.get("job")));
    if (instance.equals(JobFields.text(entry.get("by")))) {
      return; // known here before it was told
    }
    if (entry.containsKey("all")) {
      int done = Integer.parseInt(JobFields.text(entry.get("done")));
      int all = Integer.parseInt(JobFields.text(entry.get("all")));
      steps.forEach(listener -> listener.heard(job, done, all));
    } else {
      var state = JobState.valueOf(JobFields.text(entry.get("state")));
      var change = new JobQueue.Change(job, state);
      listeners.forEach(listener -> tell(listener, change));
    }
  }

  // What one listener could not do is no matter of the others.
  private static void tell(Consumer<JobQueue.Change> listener, JobQueue.Change change) {
    try {
      listener.accept(change);
    } catch (StoreException away) {
      LOG.warn("a change of job {} was not looked at: {}", change.job(), away.getMessage());
    }
  }

  private void forget() {
    var old = connection;
    connection = null;
    if (old != null) {
      var _ = old.closeAsync();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
