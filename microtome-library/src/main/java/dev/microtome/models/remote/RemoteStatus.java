package dev.microtome.models.remote;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How a job stands.
///
/// @param position how many go before it while it is queued
/// @param done how many of the run's steps are done
/// @param all how many steps there are; 0 when that is not known
/// @param failure why it failed, or null
/// @param code the server's name for that, or null
public record RemoteStatus(
    String id,
    State state,
    int position,
    int done,
    int all,
    @Nullable RunFailure failure,
    @Nullable String code) {
  /// The states of a job, in their order.
  public enum State {
    RECEIVED,
    QUEUED,
    RUNNING,
    COMPLETED,
    FAILED,
    CANCELLED;

    /// Whether nothing will happen any more.
    public boolean isFinal() {
      return compareTo(COMPLETED) >= 0;
    }
  }

  static RemoteStatus of(JsonNode job) {
    JsonNode progress = job.path("progress");
    RemoteStatus status =
        new RemoteStatus(
            job.path("id").asString(""),
            state(job),
            job.path("position").asInt(0),
            progress.path("done").asInt(0),
            progress.path("all").asInt(0),
            null,
            null);
    return status.with(job.path("error"));
  }

  static RemoteStatus completed(String id) {
    return new RemoteStatus(id, State.COMPLETED, 0, 0, 0, null, null);
  }

  static State state(JsonNode told) {
    return State.valueOf(told.path("state").asString("RECEIVED"));
  }

  RemoteStatus with(State next, JsonNode error) {
    return new RemoteStatus(id, next, 0, done, all, failure, code).with(error);
  }

  RemoteStatus at(int nextPosition) {
    return new RemoteStatus(id, state, nextPosition, done, all, failure, code);
  }

  RemoteStatus done(int nextDone, int nextAll) {
    return new RemoteStatus(id, state, position, nextDone, nextAll, failure, code);
  }

  private RemoteStatus with(JsonNode error) {
    if (!error.isObject()) {
      return this;
    }
    JsonNode path = error.path("path");
    var told =
        new RunFailure(
            error.path("kind").asString(""),
            error.path("message").asString(""),
            error.path("trace").asInt(-1),
            error.path("node").asInt(-1),
            path.isString() ? path.stringValue() : null);
    return new RemoteStatus(
        id, state, position, done, all, told, error.path("code").asString("internal"));
  }

  /// `queued, 3 before it`, `running, 40 %`, `completed`.
  @Override
  public String toString() {
    String name = state.name().toLowerCase(java.util.Locale.ROOT);
    return switch (state) {
      case QUEUED -> position == 0 ? name + ", next" : name + ", " + position + " before it";
      case RUNNING -> all == 0 ? name : name + ", " + 100L * done / all + " %";
      case FAILED -> name + (code == null ? "" : ", " + code);
      default -> name;
    };
  }
}
