package dev.microtome.server.queue;

import java.util.Map;

/// How many jobs there are, by model.
public record QueueCounts(Map<String, Integer> queued, Map<String, Integer> running) {
  public int allQueued() {
    return queued.values().stream().mapToInt(Integer::intValue).sum();
  }

  public int allRunning() {
    return running.values().stream().mapToInt(Integer::intValue).sum();
  }
}
