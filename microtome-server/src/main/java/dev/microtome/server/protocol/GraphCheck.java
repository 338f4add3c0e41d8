package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The graphs of a job, one after the other: known operations, references to earlier nodes only,
/// and counts within the limits, which hold for all its graphs together.
final class GraphCheck {
  private static final Set<String> FIELDS = Set.of("op", "args", "call", "invoke", "in", "save");
  private static final Set<String> TAGS =
      Set.of(
          "node",
          "tensor",
          "by",
          "at",
          "slice",
          "ellipsis",
          "newaxis",
          "dtype",
          "device",
          "float",
          "ints",
          "floats",
          "bools");

  private final Limits.Graphs limits;
  private final Set<String> tensors;
  private final List<Integer> sizes = new ArrayList<>();
  private int nodes;
  private int edges;
  private int saved;

  // Of the graph that is looked at now.
  private int[] depths = {};
  private int current;
  private int inputs;

  GraphCheck(Limits.Graphs limits, Set<String> tensors) {
    this.limits = limits;
    this.tensors = tensors;
  }

  /// Checks one more graph; a later one may refer to a trace's own, not to its edits.
  void check(JsonNode graph, boolean isTrace) {
    if (!graph.isArray()) {
      throw new RefusedException(ErrorCode.INVALID_GRAPH, "'nodes' must be a list");
    }
    nodes += graph.size();
    if (nodes > limits.nodes()) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "%d nodes, at most %d are taken".formatted(nodes, limits.nodes()));
    }
    depths = new int[graph.size()];
    for (current = 0; current < graph.size(); current++) {
      checkNode(graph.get(current));
    }
    if (isTrace) {
      sizes.add(graph.size());
    }
  }

  private void checkNode(JsonNode node) {
    require(node.isObject(), "is no object");
    for (String field : node.propertyNames()) {
      require(FIELDS.contains(field), "has an unknown field " + Fields.shown(field));
    }
    String op = node.path("op").asString("");
    if (!Operations.isAllowed(op)) {
      throw refuse(ErrorCode.OPERATION_NOT_ALLOWED, Fields.shown(op) + " is no operation here");
    }
    JsonNode args = node.path("args");
    require(args.isArray(), "has no list of args");
    whole(node, "call");
    whole(node, "invoke");
    inputs = 0;
    depths[current] = 1;
    args.forEach(this::checkArgument);
    if (node.has("in")) {
      refer(node.path("in"));
    }
    if (op.equals("earlier")) {
      checkEarlier(args);
    }
    if (!node.path("save").isMissingNode()) {
      require(node.path("save").isBoolean(), "'save' must be true or false");
      saved += node.path("save").asBoolean() ? 1 : 0;
      limit("saved outputs", saved, limits.saved());
    }
    limit("depth", depths[current], limits.depth());
  }

  private void checkArgument(JsonNode arg) {
    if (arg.isArray()) {
      arg.forEach(this::checkArgument);
    } else if (arg.isObject()) {
      require(arg.size() == 1, "an argument object has one key");
      String tag = arg.propertyNames().iterator().next();
      require(TAGS.contains(tag), "unknown argument tag " + Fields.shown(tag));
      checkTagged(tag, arg.path(tag));
    } else if (arg.isNumber() && !arg.isFloatingPointNumber()) {
      require(arg.canConvertToLong(), "a number is too large");
    }
  }

  private void checkTagged(String tag, JsonNode value) {
    switch (tag) {
      case "node" -> refer(value);
      case "by" -> checkArgument(value);
      case "tensor" ->
          require(
              tensors.contains(value.asString("")),
              "there is no tensor " + Fields.shown(value.asString("")) + " beside the graph");
      case "ints", "floats", "bools", "slice" -> require(value.isArray(), tag + " needs a list");
      default -> require(value.isValueNode(), tag + " needs a plain value");
    }
  }

  private void refer(JsonNode id) {
    require(
        id.isInt() && id.asInt() >= 0 && id.asInt() < current,
        "refers to node " + Fields.shown(id.toString()) + ", which does not stand before it");
    limit("inputs of the node", ++inputs, limits.inputsPerNode());
    limit("edges", ++edges, limits.edges());
    depths[current] = Math.max(depths[current], depths[id.asInt()] + 1);
  }

  private void checkEarlier(JsonNode args) {
    JsonNode trace = args.path(0);
    JsonNode node = args.path(1);
    require(
        trace.isInt() && trace.asInt() >= 0 && trace.asInt() < sizes.size(),
        "refers to a trace that does not come before it");
    require(
        node.isInt() && node.asInt() >= 0 && node.asInt() < sizes.get(trace.asInt()),
        "refers to a node that trace does not have");
  }

  private void whole(JsonNode node, String field) {
    JsonNode value = node.path(field);
    require(value.isMissingNode() || value.isInt(), "'" + field + "' must be a whole number");
  }

  private void limit(String what, int count, int most) {
    if (count > most) {
      throw refuse(
          ErrorCode.LIMIT_EXCEEDED, "%s: %d, at most %d are taken".formatted(what, count, most));
    }
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw refuse(ErrorCode.INVALID_GRAPH, otherwise);
    }
  }

  private RefusedException refuse(ErrorCode code, String message) {
    return new RefusedException(
        new Failure(
            code, null, "node %d of the graph: %s".formatted(current, message), -1, current, null),
        0);
  }
}
