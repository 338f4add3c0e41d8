package dev.microtome.models.remote;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.TokenRun;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Graph;
import dev.microtome.trace.GraphJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The written form of a job: traces with their prompts as JSON, and the constant tensors beside it
/// by name.
///
/// ```json
/// {"version": 1, "model": "gpt2", "traces": [
///   {"prompts": [[464, 412]], "nodes": [
///     {"op": "argument", "args": ["lm_head.output", 0], "save": true}]}]}
/// ```
///
/// A prompt is a text or a list of token ids.
public final class JobForm {
  private static final int VERSION = 1;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxNumberLength(64)
                          .maxStringLength(64 << 10)
                          .maxTokenCount(1_000_000)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  private JobForm() {}

  /// A job as text, and the tensors it refers to.
  public record Written(String json, Map<String, Tensor> tensors) {}

  /// What a job asks for.
  ///
  /// @param model the name the server knows it by
  /// @param adapter one of the model's adapters, or null for none
  /// @param seed what random numbers start from, or null to let the server choose
  public record Asked(
      String model, @Nullable String adapter, @Nullable Long seed, List<TokenRun> runs) {}

  /// Writes a job.
  public static Written write(Asked job) {
    var graphs = new GraphJson.Writer();
    ObjectNode root = MAPPER.createObjectNode();
    root.put("version", VERSION);
    root.put("model", job.model());
    if (job.adapter() != null) {
      root.put("adapter", job.adapter());
    }
    if (job.seed() != null) {
      root.put("seed", job.seed());
    }
    ArrayNode traces = root.putArray("traces");
    job.runs().forEach(run -> write(run, traces.addObject(), graphs));
    return new Written(MAPPER.writeValueAsString(root), graphs.tensors());
  }

  private static void write(TokenRun run, ObjectNode out, GraphJson.Writer graphs) {
    ArrayNode prompts = out.putArray("prompts");
    for (long[] ids : run.prompts()) {
      ArrayNode prompt = prompts.addArray();
      for (long id : ids) {
        prompt.add(id);
      }
    }
    GenerationOptions generation = run.generation();
    if (generation != null) {
      out.set("generate", MAPPER.valueToTree(generation.settings()));
    }
    flag(out, "together", run.together());
    flag(out, "gradients", run.gradients());
    flag(out, "stop", run.graph().endsEarly());
    if (run.edits().size() > 0) {
      out.set("edits", graphs.nodes(run.edits()));
    }
    out.set("nodes", graphs.nodes(run.graph()));
  }

  private static void flag(ObjectNode out, String name, boolean set) {
    if (set) {
      out.put(name, true);
    }
  }

  /// Reads a job. Whatever does not fit is an [IllegalArgumentException] naming trace and node.
  ///
  /// @param encode makes token ids of a prompt given as text
  public static Asked read(
      String json, Map<String, Tensor> tensors, Function<String, long[]> encode) {
    JsonNode root = root(json);
    JsonNode traces = root.path("traces");
    if (!traces.isArray() || traces.isEmpty()) {
      throw new IllegalArgumentException("a job needs a list of traces");
    }
    var runs = new ArrayList<TokenRun>();
    for (JsonNode trace : traces) {
      try {
        runs.add(run(trace, tensors, encode));
      } catch (IllegalArgumentException refused) {
        throw new IllegalArgumentException(
            "trace %d: %s".formatted(runs.size() + 1, refused.getMessage()), refused);
      }
    }
    JsonNode adapter = root.path("adapter");
    JsonNode seed = root.path("seed");
    return new Asked(
        root.path("model").asString(""),
        adapter.isString() ? adapter.stringValue() : null,
        seed.canConvertToLong() ? (Long) seed.longValue() : null,
        runs);
  }

  private static JsonNode root(String json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JacksonException broken) {
      throw new IllegalArgumentException("not a job: " + broken.getOriginalMessage(), broken);
    }
    if (root.path("version").asInt(0) != VERSION) {
      throw new IllegalArgumentException(
          "job version %s can't be read; this program reads version %d"
              .formatted(root.path("version"), VERSION));
    }
    return root;
  }

  private static TokenRun run(
      JsonNode trace, Map<String, Tensor> tensors, Function<String, long[]> encode) {
    var prompts = new ArrayList<long[]>();
    for (JsonNode prompt : trace.path("prompts")) {
      prompts.add(prompt.isString() ? encode.apply(prompt.stringValue()) : ids(prompt));
    }
    if (prompts.isEmpty()) {
      throw new IllegalArgumentException("it has no prompts");
    }
    JsonNode generation = trace.path("generate");
    return new TokenRun(
        GraphJson.read(trace, tensors),
        prompts,
        trace.path("together").asBoolean(false),
        generation.isObject() ? GenerationOptions.of(generation) : null,
        edits(trace.path("edits"), tensors),
        trace.path("gradients").asBoolean(false));
  }

  private static Graph edits(JsonNode nodes, Map<String, Tensor> tensors) {
    return nodes.isArray()
        ? GraphJson.read(MAPPER.createObjectNode().set("nodes", nodes), tensors)
        : new Graph();
  }

  private static long[] ids(JsonNode prompt) {
    if (!prompt.isArray() || !prompt.valueStream().allMatch(JsonNode::isInt)) {
      throw new IllegalArgumentException("a prompt is a text or a list of token ids");
    }
    return prompt.valueStream().mapToLong(JsonNode::asLong).toArray();
  }
}
