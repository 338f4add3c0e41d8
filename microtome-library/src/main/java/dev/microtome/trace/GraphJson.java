package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
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
    var arguments = new GraphArguments(MAPPER, tensors);
    ObjectNode root = MAPPER.createObjectNode();
    root.put("version", VERSION);
    ArrayNode nodes = root.putArray("nodes");
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
    return new Written(MAPPER.writeValueAsString(root), tensors);
  }

  private static void write(Step step, ObjectNode out, GraphArguments arguments) {
    switch (step) {
      case Step.Argument argument -> {
        out.put("op", "argument");
        writeSite(argument.site(), out, List.of(argument.piece()), arguments);
      }
      case Step.Parameter parameter -> {
        out.put("op", "parameter");
        out.set("args", arguments.write(List.of(parameter.path())));
      }
      case Step.Swap swap -> {
        out.put("op", "swap");
        writeSite(swap.site(), out, List.of(swap.piece(), swap.value()), arguments);
      }
      case Step.Skip skip -> {
        out.put("op", "skip");
        writeSite(skip.site(), out, List.of(skip.value()), arguments);
      }
      case Step.Gradient gradient -> {
        out.put("op", "grad");
        out.set("args", arguments.write(List.of(gradient.of(), gradient.backward())));
      }
      case Step.GradientSwap swap -> {
        out.put("op", "grad_swap");
        out.set("args", arguments.write(List.of(swap.gradient(), swap.value())));
      }
      case Step.Pick pick -> {
        out.put("op", "pick");
        out.set("args", arguments.write(List.of(pick.of(), pick.index())));
      }
      case Step.Branch branch -> {
        out.put("op", "branch");
        out.set("args", arguments.write(List.of(branch.condition(), branch.taken())));
      }
      case Step.Choose choose -> {
        out.put("op", "choose");
        out.set(
            "args", arguments.write(List.of(choose.branch(), choose.then(), choose.otherwise())));
      }
      case Step.Repeat repeat -> {
        out.put("op", "repeat");
        out.set("args", arguments.write(List.of(repeat.times(), repeat.start())));
      }
      case Step.Next next -> {
        out.put("op", "next");
        out.set("args", arguments.write(List.of(next.repeat(), next.state())));
      }
      case Step.Cache cache -> CacheJson.write(cache, out, arguments);
      case Step.Call call -> {
        out.put("op", call.op());
        out.set("args", arguments.write(call.args()));
      }
    }
  }

  private static void writeSite(
      Site site, ObjectNode out, List<Object> rest, GraphArguments arguments) {
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
    JsonNode nodes = root.path("nodes");
    if (!nodes.isArray() || nodes.size() > MOST_NODES) {
      throw new IllegalArgumentException(
          "a graph needs a list of at most " + MOST_NODES + " nodes");
    }
    var graph = new Graph();
    var arguments = new GraphArguments(MAPPER, new LinkedHashMap<>(written.tensors()));
    for (JsonNode node : nodes) {
      try {
        Node added = graph.add(step(node, arguments), node.path("in").asInt(Node.UNKNOWN));
        if (node.path("save").asBoolean(false)) {
          added.save();
        }
      } catch (RuntimeException refused) {
        throw new IllegalArgumentException(
            "node %d of the graph: %s".formatted(graph.size(), refused.getMessage()), refused);
      }
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
      case "branch" -> new Step.Branch(arguments.ref(args, 0), args.path(1).asBoolean(true));
      case "choose" ->
          new Step.Choose(
              arguments.ref(args, 0), arguments.tensor(args, 1), arguments.tensor(args, 2));
      case "repeat" -> new Step.Repeat(arguments.times(args, 0), arguments.tensors(args, 1));
      case "next" -> new Step.Next(arguments.ref(args, 0), arguments.tensors(args, 1));
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
