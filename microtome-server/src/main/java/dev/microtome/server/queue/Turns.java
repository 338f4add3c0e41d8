package dev.microtome.server.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Whose turn it is: owners in a circle, the one served longest ago first; among jobs of one owner
/// the highest priority, then the oldest. Pure: nothing here is kept.
final class Turns {
  /// A waiting job.
  record Waiting(String id, String owner, int priority, long sequence) {}

  private static final Comparator<Waiting> WITHIN_OWNER =
      Comparator.<Waiting>comparingInt(w -> -w.priority()).thenComparingLong(Waiting::sequence);

  private final Map<String, Long> served = new HashMap<>();
  private long clock;

  /// Waiting jobs in the order they would be served, of each owner at most `room` more.
  List<Waiting> order(List<Waiting> waiting, Map<String, Integer> running, int runningPerOwner) {
    Map<String, List<Waiting>> byOwner = new TreeMap<>();
    for (Waiting job : waiting) {
      byOwner.computeIfAbsent(job.owner(), _ -> new ArrayList<>()).add(job);
    }
    byOwner.forEach((owner, jobs) -> {
      jobs.sort(WITHIN_OWNER);
      int room = Math.max(0, runningPerOwner - running.getOrDefault(owner, 0));
      jobs.subList(Math.min(room, jobs.size()), jobs.size()).clear();
    });
    return roundRobin(byOwner);
  }

  private List<Waiting> roundRobin(Map<String, List<Waiting>> byOwner) {
    var owners = new ArrayList<>(byOwner.keySet());
    owners.sort(Comparator.comparingLong(owner -> served.getOrDefault(owner, 0L)));
    var ordered = new ArrayList<Waiting>();
    for (int round = 0; !owners.isEmpty(); round++) {
      int now = round;
      owners.removeIf(owner -> byOwner.getOrDefault(owner, List.of()).size() <= now);
      owners.forEach(owner -> ordered.add(byOwner.getOrDefault(owner, List.of()).get(now)));
    }
    return ordered;
  }

  /// Notes that a job of `owner` was served.
  void served(String owner) {
    served.put(owner, ++clock);
  }
}
