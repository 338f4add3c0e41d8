package dev.microtome.server.status;

import dev.microtome.server.job.ErrorCode;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// What was answered since the server started.
public final class Counters {
  private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();
  private final Map<ErrorCode, LongAdder> refusals = new ConcurrentHashMap<>();

  public void answered(int status) {
    answers.computeIfAbsent(status, _ -> new LongAdder()).increment();
  }

  public void refused(ErrorCode code) {
    refusals.computeIfAbsent(code, _ -> new LongAdder()).increment();
  }

  /// Answers by HTTP status.
  public Map<Integer, Long> answers() {
    var copy = new TreeMap<Integer, Long>();
    answers.forEach((status, count) -> copy.put(status, count.sum()));
    return copy;
  }

  /// Refused requests by code.
  public Map<ErrorCode, Long> refusals() {
    var copy = new TreeMap<ErrorCode, Long>();
    refusals.forEach((code, count) -> copy.put(code, count.sum()));
    return copy;
  }
}
