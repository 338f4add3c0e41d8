package dev.microtome.server.queue;

import dev.microtome.server.job.Limits;
import dev.microtome.server.redis.RedisDepot;
import dev.microtome.server.redis.RedisServer;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class JobQueueOnRedis extends JobQueueContract {
  @TempDir static Path folder;
  private static RedisServer redis;

  private RedisDepot depot;

  @BeforeAll
  static void start() {
    redis = RedisServer.forgetful(folder);
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  @Override
  protected JobQueue open(Limits limits, InstantSource clock) {
    redis.clear();
    depot = redis.depot(limits, clock);
    return depot.queue();
  }

  @AfterEach
  void leave() {
    depot.close();
  }
}
