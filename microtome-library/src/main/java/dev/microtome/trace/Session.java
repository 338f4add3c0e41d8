package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.UserCode;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Traces that are recorded one after the other and run, in this order, when all are; see
/// [Model#session].
final class Session {
  private final List<Member> members = new ArrayList<>();

  /// One trace, where it was begun, and how it runs.
  private static final class Member {
    final Recording recording;
    final @Nullable String line = UserCode.line();
    @Nullable Run run;

    Member(Recording recording) {
      this.recording = recording;
    }
  }

  /// Adds a trace and returns its number.
  int add(Recording recording) {
    members.add(new Member(recording));
    return members.size() - 1;
  }

  /// The trace `recording` is recorded and will run by `run`.
  void complete(Recording recording, Run run) {
    members.get(recording.numberInSession()).run = run;
  }

  /// Records by `body`; when it fails nothing runs.
  <R extends @Nullable Object> R record(Supplier<R> body) {
    try {
      R result = body.get();
      Values.forEach(result, Tensor::save);
      return result;
    } catch (RuntimeException | Error failed) {
      members.forEach(member -> member.recording.abandon());
      throw failed;
    }
  }

  /// Runs all traces elsewhere and returns `result` with their numbers.
  <R extends @Nullable Object> R run(R result, Runner runner) {
    List<Plan> plans = members.stream().map(member -> member.recording.seal()).toList();
    List<Run> runs = members.stream().map(member -> Objects.requireNonNull(member.run)).toList();
    try {
      List<Map<Integer, Object>> saved = runs.isEmpty() ? List.of() : runner.run(runs);
      for (int i = 0; i < saved.size(); i++) {
        members.get(i).recording.answered(Answers.told(plans.get(i), saved.get(i)));
      }
    } catch (RunException failed) {
      int trace = Math.clamp(failed.trace(), 0, members.size() - 1);
      RuntimeException reason = failed.here(runs.stream().map(Run::graph).toList());
      throw new SessionException(trace, members.size(), members.get(trace).line, reason);
    }
    return revealed(result);
  }

  /// Runs all traces and returns `result` with their numbers.
  <R extends @Nullable Object> R run(R result, Recorded.Runner<Run> runner) {
    List<Plan> plans = members.stream().map(member -> member.recording.seal()).toList();
    for (int i = 0; i < plans.size(); i++) {
      Member member = members.get(i);
      try {
        member.recording.answered(runner.run(plans.get(i), Objects.requireNonNull(member.run)));
      } catch (RuntimeException failed) {
        throw new SessionException(i, members.size(), member.line, failed);
      }
    }
    return revealed(result);
  }

  private static <R extends @Nullable Object> R revealed(R result) {
    return Values.map(result, tensor -> tensor instanceof Deferred done ? done.dense() : tensor);
  }

  /// What node `id` of trace number `trace` gave.
  Object value(int trace, int id) {
    Recording earlier = members.get(trace).recording;
    return earlier.valueOf(earlier.graph().node(id));
  }
}
