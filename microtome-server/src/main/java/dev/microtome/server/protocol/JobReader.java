package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Checks a submitted job as far as that needs no tensors: its form, its operations, every count in
/// it. Thread-safe.
public final class JobReader {
  /// Names of models and adapters.
  public static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final int VERSION = 1;
  private static final int HIGHEST_PRIORITY = 10;
  private static final int MOST_TRACES = 1_000;
  private static final Set<String> FIELDS =
      Set.of("version", "model", "adapter", "priority", "time", "seed", "traces");

  private final Limits limits;
  private final StrictJson json;
  private final TensorsCheck tensors;

  public JobReader(Limits limits) {
    this.limits = limits;
    this.json = new StrictJson(limits.body());
    this.tensors = new TensorsCheck(limits);
  }

  /// Checks a job and tells what it is about.
  ///
  /// @throws RefusedException naming the trace, the node and the limit
  public JobHead read(Payload payload) {
    Set<String> names = tensors.names(payload.tensors());
    JsonNode root = json.read(payload.json(), "the job");
    Fields.refuseUnknown(root, FIELDS, "the job");
    if (root.path("version").asInt(0) != VERSION) {
      throw refuse(
          "version %s can't be read; this server reads version %d"
              .formatted(root.path("version"), VERSION));
    }
    JsonNode traces = root.path("traces");
    if (!traces.isArray() || traces.isEmpty() || traces.size() > MOST_TRACES) {
      throw refuse("a job needs a list of 1 to " + MOST_TRACES + " traces");
    }
    check(traces, names);
    return head(root, Likeness.of(root, payload.tensors()));
  }

  private void check(JsonNode traces, Set<String> names) {
    var graphs = new GraphCheck(limits.graphs(), names);
    var inputs = new InputCheck(limits.runs());
    for (int i = 0; i < traces.size(); i++) {
      try {
        inputs.check(traces.path(i));
        if (traces.path(i).has("edits")) {
          graphs.check(traces.path(i).path("edits"), false);
        }
        graphs.check(traces.path(i).path("nodes"), true);
      } catch (RefusedException refused) {
        Failure failure = refused.failure();
        throw new RefusedException(
            new Failure(failure.code(), null, failure.message(), i, failure.node(), null), 0);
      }
    }
  }

  private JobHead head(JsonNode root, Likeness likeness) {
    int priority = whole(root, "priority", 0, -HIGHEST_PRIORITY, HIGHEST_PRIORITY);
    int longest = (int) limits.runs().longestTime().toSeconds();
    int time = whole(root, "time", (int) limits.runs().time().toSeconds(), 1, longest);
    return new JobHead(
        name(root, "model"),
        root.has("adapter") ? name(root, "adapter") : null,
        priority,
        Duration.ofSeconds(time),
        likeness);
  }

  private static String name(JsonNode root, String field) {
    @Nullable String name = root.path(field).stringValue(null);
    if (name == null || !NAME.matcher(name).matches()) {
      throw refuse("'%s' must be a name such as gpt2-facts".formatted(field));
    }
    return name;
  }

  private static int whole(JsonNode root, String field, int otherwise, int least, int most) {
    JsonNode value = root.path(field);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isInt() || value.asInt() < least || value.asInt() > most) {
      throw refuse("'%s' must be a whole number from %d to %d".formatted(field, least, most));
    }
    return value.asInt();
  }

  private static RefusedException refuse(String message) {
    return new RefusedException(ErrorCode.INVALID_GRAPH, message);
  }
}
