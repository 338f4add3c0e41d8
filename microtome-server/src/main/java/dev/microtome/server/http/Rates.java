package dev.microtome.server.http;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/// Counts what somebody did within the last minute; the ones longest silent are forgotten first.
final class Rates {
  private static final int MOST_REMEMBERED = 10_000;

  private final long window;
  private final InstantSource clock;
  private final Map<String, Deque<Long>> times = new LinkedHashMap<>(16, 0.75f, true);

  Rates(Duration window, InstantSource clock) {
    this.window = window.toMillis();
    this.clock = clock;
  }

  /// Notes one more, unless there were `most` within the window. Returns 0 when it is noted, else
  /// the seconds until there is room.
  synchronized int take(String who, int most) {
    int wait = wait(who, most);
    if (wait == 0) {
      note(who);
    }
    return wait;
  }

  /// Seconds until there were fewer than `most` within the window; 0 when there are.
  synchronized int wait(String who, int most) {
    Deque<Long> recent = times.get(who);
    if (recent == null) {
      return 0;
    }
    long now = clock.millis();
    while (!recent.isEmpty() && recent.getFirst() <= now - window) {
      recent.removeFirst();
    }
    if (recent.size() < most) {
      return 0;
    }
    return (int) Math.max(1, (recent.getFirst() + window - now + 999) / 1_000);
  }

  synchronized void note(String who) {
    Deque<Long> recent = times.computeIfAbsent(who, _ -> new ArrayDeque<>());
    recent.addLast(clock.millis());
    if (times.size() > MOST_REMEMBERED) {
      times.remove(times.keySet().iterator().next());
    }
  }
}
