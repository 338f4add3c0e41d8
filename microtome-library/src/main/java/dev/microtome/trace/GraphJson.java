package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The written form of a [Graph]: JSON, with constant tensors beside it by name.
///
/// ```json
/// {"version": 1, "nodes": [
///   {"op": "argument", "args": ["layer1.output", 0]},
///   {"op": "aten::argmax", "args": [{"node": 0}, 1], "save": true}]}
/// ```
///
/// A node's id is its position. Numbers, booleans, strings, null and lists stand for themselves;
/// see [GraphArguments] for the rest.
public final class GraphJson {
  private static final int VERSION = 1;
  private static final int MOST_NODES = 100_000;
  private static final int MOST_TRACES = 1_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxNumberLength(64)
                          .maxStringLength(10_000)
                          .maxTokenCount(5_000_000)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  private GraphJson() {}

  /// A graph as text, and the tensors it refers to.
  public record Written(String json, Map<String, Tensor> tensors) {}

  public static Written write(Graph graph) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    ObjectNode root = MAPPER.createObjectNode();
    root.put("version", VERSION);
    put(root, graph, new GraphArguments(MAPPER, tensors));
    return new Written(MAPPER.writeValueAsString(root), tensors);
  }

  /// The graphs of a session's traces, in order: `{"version": 1, "traces": [{"nodes": […]}, …]}`.
  public static Written writeSession(List<Graph> graphs) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    var arguments = new GraphArguments(MAPPER, tensors);
    ObjectNode root = MAPPER.createObjectNode();
    root.put("version", VERSION);
    ArrayNode traces = root.putArray("traces");
    graphs.forEach(graph -> put(traces.addObject(), graph, arguments));
    return new Written(MAPPER.writeValueAsString(root), tensors);
  }

  /// Writes graphs as parts of a larger JSON document; they share their constant tensors.
  public static final class Writer {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final GraphArguments arguments = new GraphArguments(MAPPER, tensors);

    /// The list of `graph`'s nodes.
    public ArrayNode nodes(Graph graph) {
      return GraphJson.nodes(graph, arguments);
    }

    /// The tensors of everything written so far, by name.
    public Map<String, Tensor> tensors() {
      return tensors;
    }
  }

  private static void put(ObjectNode out, Graph graph, GraphArguments arguments) {
    out.set("nodes", nodes(graph, arguments));
    if (graph.endsEarly()) {
      out.put("stop", true);
    }
  }

  private static ArrayNode nodes(Graph graph, GraphArguments arguments) {
    ArrayNode nodes = MAPPER.createArrayNode();
    for (Node node : graph.nodes()) {
      ObjectNode written = nodes.addObject();
      write(node.step(), written, arguments);
      if (node.guard() != Node.UNKNOWN) {
        written.put("in", node.guard());
      }
      if (node.isSaved()) {
        written.put("save", true);
      }
    }
    return nodes;
  }

  private static void write(Step step, ObjectNode out, GraphArguments arguments) {
    switch (step) {
      case Step.Argument(Site site, int piece) ->
          put(out, "argument", site, List.of(piece), arguments);
      case Step.Parameter(String path) -> put(out, "parameter", List.of(path), arguments);
      case Step.Swap(Site site, int piece, Object value) ->
          put(out, "swap", site, List.of(piece, value), arguments);
      case Step.Skip(Site site, Object value) -> put(out, "skip", site, List.of(value), arguments);
      case Step.Gradient(Step.Ref of, int backward) ->
          put(out, "grad", List.of(of, backward), arguments);
      case Step.GradientSwap(Step.Ref gradient, Object value) ->
          put(out, "grad_swap", List.of(gradient, value), arguments);
      case Step.Pick(Step.Ref of, int index) -> put(out, "pick", List.of(of, index), arguments);
      case Step.Earlier(int trace, int node) ->
          put(out, "earlier", List.of(trace, node), arguments);
      case Step.Branch(Step.Ref condition, boolean taken) ->
          put(out, "branch", List.of(condition, taken), arguments);
      case Step.Choose(Step.Ref branch, Object then, Object otherwise) ->
          put(out, "choose", List.of(branch, then, otherwise), arguments);
      case Step.Repeat(Object times, List<Object> start) ->
          put(out, "repeat", List.of(times, start), arguments);
      case Step.Next(Step.Ref repeat, List<Object> state) ->
          put(out, "next", List.of(repeat, state), arguments);
      case Step.Log(String text, List<Object> values) -> {
        var args = new ArrayList<Object>(List.of(text));
        args.addAll(values);
        put(out, "log", args, arguments);
      }
      case Step.Cache cache -> CacheJson.write(cache, out, arguments);
      case Step.Call call -> put(out, call.op(), call.args(), arguments);
    }
  }

  private static void put(ObjectNode out, String op, List<?> args, GraphArguments arguments) {
    out.put("op", op);
    out.set("args", arguments.write(args));
  }

  private static void put(
      ObjectNode out, String op, Site site, List<Object> rest, GraphArguments arguments) {
    out.put("op", op);
    ArrayNode args = out.putArray("args");
    args.add((site.path().isEmpty() ? "" : site.path() + ".") + site.place().label());
    rest.forEach(arg -> args.add(arguments.write(arg)));
    if (site.call() > 0) {
      out.put("call", site.call());
    }
    if (site.invoke() != Site.ALL) {
      out.put("invoke", site.invoke());
    }
  }

  /// Reads a written graph. Whatever does not fit is an [IllegalArgumentException] naming the node.
  public static Graph read(Written written) {
    return graph(root(written), arguments(written));
  }

  /// Reads the written graphs of a session.
  public static List<Graph> readSession(Written written) {
    JsonNode traces = root(written).path("traces");
    if (!traces.isArray() || traces.isEmpty() || traces.size() > MOST_TRACES) {
      throw new IllegalArgumentException(
          "a session needs a list of 1 to " + MOST_TRACES + " traces");
    }
    GraphArguments arguments = arguments(written);
    var graphs = new ArrayList<Graph>();
    for (JsonNode trace : traces) {
      try {
        graphs.add(graph(trace, arguments));
      } catch (IllegalArgumentException refused) {
        throw new IllegalArgumentException(
            "trace %d: %s".formatted(graphs.size() + 1, refused.getMessage()), refused);
      }
    }
    SessionGraphs.check(graphs);
    return graphs;
  }

  private static GraphArguments arguments(Written written) {
    return new GraphArguments(MAPPER, new LinkedHashMap<>(written.tensors()));
  }

  private static JsonNode root(Written written) {
    JsonNode root;
    try {
      root = MAPPER.readTree(written.json());
    } catch (tools.jackson.core.JacksonException broken) {
      throw new IllegalArgumentException("not a graph: " + broken.getOriginalMessage(), broken);
    }
    if (root.path("version").asInt(0) != VERSION) {
      throw new IllegalArgumentException(
          "graph version %s can't be read; this program reads version %d"
              .formatted(root.path("version"), VERSION));
    }
    return root;
  }

  /// Reads a graph that is part of a larger document: the object with `nodes` and perhaps `stop`.
  public static Graph read(JsonNode graph, Map<String, Tensor> tensors) {
    return graph(graph, new GraphArguments(MAPPER, new LinkedHashMap<>(tensors)));
  }

  private static Graph graph(JsonNode written, GraphArguments arguments) {
    JsonNode nodes = written.path("nodes");
    if (!nodes.isArray() || nodes.size() > MOST_NODES) {
      throw new IllegalArgumentException(
          "a graph needs a list of at most " + MOST_NODES + " nodes");
    }
    var graph = new Graph();
    for (JsonNode node : nodes) {
      try {
        Node added = graph.addRead(step(node, arguments), node.path("in").asInt(Node.UNKNOWN));
        if (node.path("save").asBoolean(false)) {
          added.save();
        }
      } catch (RuntimeException refused) {
        throw new IllegalArgumentException(
            "node %d of the graph: %s".formatted(graph.size(), refused.getMessage()), refused);
      }
    }
    if (written.path("stop").asBoolean(false)) {
      graph.endEarly();
    }
    return graph;
  }

  private static Step step(JsonNode node, GraphArguments arguments) {
    String op = node.path("op").asString("");
    JsonNode args = node.path("args");
    if (!args.isArray()) {
      throw new IllegalArgumentException("it has no list of args");
    }
    return switch (op) {
      case "argument" -> new Step.Argument(site(node), arguments.count(args, 1));
      case "parameter" -> new Step.Parameter(args.path(0).asString(""));
      case "swap" -> new Step.Swap(site(node), arguments.count(args, 1), arguments.tensor(args, 2));
      case "skip" -> new Step.Skip(site(node), arguments.tensor(args, 1));
      case "grad" -> new Step.Gradient(arguments.ref(args, 0), arguments.count(args, 1));
      case "grad_swap" -> new Step.GradientSwap(arguments.ref(args, 0), arguments.tensor(args, 1));
      case "pick" -> new Step.Pick(arguments.ref(args, 0), arguments.count(args, 1));
      case "earlier" -> new Step.Earlier(arguments.count(args, 0), arguments.count(args, 1));
      case "branch" -> new Step.Branch(arguments.ref(args, 0), args.path(1).asBoolean(true));
      case "choose" ->
          new Step.Choose(
              arguments.ref(args, 0), arguments.tensor(args, 1), arguments.tensor(args, 2));
      case "repeat" -> new Step.Repeat(arguments.times(args, 0), arguments.tensors(args, 1));
      case "next" -> new Step.Next(arguments.ref(args, 0), arguments.tensors(args, 1));
      case "log" -> log(args, arguments);
      case "cache" -> CacheJson.read(node, arguments);
      case "getitem", "setitem", "backward" -> new Step.Call(op, arguments.readAll(args));
      default -> {
        if (!op.matches("[a-z_]+::\\w+")) {
          throw new IllegalArgumentException("'" + op + "' is no operation");
        }
        yield new Step.Call(op, arguments.readAll(args));
      }
    };
  }

  private static Step log(JsonNode args, GraphArguments arguments) {
    if (!args.path(0).isString()) {
      throw new IllegalArgumentException("what is logged begins with a text");
    }
    var values = new ArrayList<Object>();
    for (int i = 1; i < args.size(); i++) {
      values.add(arguments.tensor(args, i));
    }
    return new Step.Log(args.path(0).stringValue(), values);
  }

  private static Site site(JsonNode node) {
    String text = node.path("args").path(0).asString("");
    int dot = text.lastIndexOf('.');
    Site.Place place =
        switch (text.substring(dot + 1)) {
          case "input" -> Site.Place.INPUT;
          case "output" -> Site.Place.OUTPUT;
          default -> throw new IllegalArgumentException("'" + text + "' is no input or output");
        };
    return new Site(
        dot < 0 ? "" : text.substring(0, dot),
        place,
        node.path("call").asInt(0),
        node.path("invoke").asInt(Site.ALL));
  }
}
