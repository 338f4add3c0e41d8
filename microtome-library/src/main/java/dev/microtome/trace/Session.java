package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.UserCode;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
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
    @Nullable Function<Plan, Interleaver> run;

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
  void complete(Recording recording, Function<Plan, Interleaver> run) {
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

  /// Runs all traces and returns `result` with their numbers.
  <R extends @Nullable Object> R run(R result) {
    List<Plan> plans = members.stream().map(member -> member.recording.seal()).toList();
    for (int i = 0; i < plans.size(); i++) {
      Member member = members.get(i);
      try {
        Interleaver run = Objects.requireNonNull(member.run).apply(plans.get(i));
        member.recording.answered(run.answers());
      } catch (RuntimeException failed) {
        throw new SessionException(i, members.size(), member.line, failed);
      }
    }
    return Values.map(result, tensor -> tensor instanceof Deferred done ? done.dense() : tensor);
  }

  /// What node `id` of trace number `trace` gave.
  Object value(int trace, int id) {
    Recording earlier = members.get(trace).recording;
    return earlier.valueOf(earlier.graph().node(id));
  }
}
