package dev.microtome.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A graph made ready to run any number of times: who waits for whom, and what happens at each
/// site.
final class Plan {
  /// The nodes that live at one layer's input or output, by call.
  record Stop(String path, Site.Place place, Map<Integer, int[]> entriesByCall, List<Node> caches) {
    @Override
    public String toString() {
      return new Site(path, place, 0, Site.ALL).toString();
    }
  }

  /// The value of a node of an earlier trace.
  interface Elsewhere {
    Object value(int trace, int node);
  }

  /// For a trace that belongs to no session.
  static final Elsewhere ALONE =
      (trace, node) -> {
        throw new IllegalStateException(
            "node %d of trace %d of a session is not here: run all its graphs together"
                .formatted(node, trace + 1));
      };

  /// What belongs to a run beside its graph.
  ///
  /// @param reportTo who gets a report, or null
  /// @param handedOn the nodes whose values later traces of a session use
  /// @param earlier where values of earlier traces come from
  /// @param guard who is asked between the nodes
  record Around(
      @Nullable Consumer<Report> reportTo, Set<Integer> handedOn, Elsewhere earlier, Guard guard) {
    Around(@Nullable Consumer<Report> reportTo, Set<Integer> handedOn, Elsewhere earlier) {
      this(reportTo, handedOn, earlier, Guard.NONE);
    }
  }

  /// A layer's input or output.
  private record Door(String path, Site.Place place) {}

  private final Graph graph;
  private final Around around;
  private final Bodies bodies;
  private final boolean[] needed;
  private final int[][] listeners;
  private final int[] waiting;
  private final int[] first;
  private final int neededCount;
  private final int[] uses;
  private final List<Stop> stops;
  private final Map<Integer, Integer> gradientSwaps = new HashMap<>();

  Plan(Graph graph) {
    this(graph, new Around(null, Set.of(), ALONE));
  }

  Plan(Graph graph, Around around) {
    this.graph = graph;
    this.around = around;
    int size = graph.size();
    bodies = new Bodies(graph);
    needed = needed();
    waiting = new int[size];
    uses = new int[size];
    var listening = new ArrayList<List<Integer>>();
    for (int i = 0; i < size; i++) {
      listening.add(new ArrayList<>());
    }
    for (Node node : graph.nodes()) {
      if (needed[node.id()]) {
        waiting[node.id()] += dependencies(node.id()).length;
        for (int dependency : dependencies(node.id())) {
          listening.get(dependency).add(node.id());
          uses[dependency]++;
        }
        if (node.step() instanceof Step.GradientSwap swap) {
          gradientSwaps.put(swap.gradient().id(), node.id());
        }
      }
    }
    around.handedOn().forEach(id -> uses[id]++); // by others, who never say they are done
    stops = stops(listening);
    first = graph.nodes().stream().mapToInt(Node::id).filter(this::waitsForNothing).toArray();
    neededCount = (int) graph.nodes().stream().filter(node -> needed[node.id()]).count();
    listeners = new int[size][];
    for (int i = 0; i < size; i++) {
      listeners[i] = listening.get(i).stream().mapToInt(Integer::intValue).toArray();
    }
  }

  private boolean waitsForNothing(int id) {
    return needed[id] && waiting[id] == 0;
  }

  private boolean[] needed() {
    boolean[] needed = new boolean[graph.size()];
    for (int id = graph.size() - 1; id >= 0; id--) {
      Node node = graph.node(id);
      needed[id] |= node.isSaved() || node.hasEffect() || around.handedOn().contains(id);
      needed[id] &= !bodies.contains(id);
      if (needed[id]) {
        for (int dependency : bodies.dependencies(id)) {
          needed[dependency] = true;
        }
      }
    }
    return needed;
  }

  /// Groups arguments and swaps by site; what stands after a swap of its site waits for that swap.
  private List<Stop> stops(List<List<Integer>> listening) {
    Map<Door, Map<Integer, List<Integer>>> byDoor = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      Site site = siteOf(node);
      if (site != null && needed[node.id()]) {
        List<Integer> entries =
            byDoor
                .computeIfAbsent(new Door(site.path(), site.place()), _ -> new LinkedHashMap<>())
                .computeIfAbsent(site.call(), _ -> new ArrayList<>());
        waiting[node.id()]++; // for the event itself
        for (int earlier : entries) {
          if (graph.node(earlier).step() instanceof Step.Swap swap
              && swap.site().sharesRowsWith(site)) {
            listening.get(earlier).add(node.id());
            waiting[node.id()]++;
          }
        }
        entries.add(node.id());
        if (node.step() instanceof Step.Skip) { // where its output takes its place
          byDoor
              .computeIfAbsent(new Door(site.path(), Site.Place.OUTPUT), _ -> new LinkedHashMap<>())
              .computeIfAbsent(site.call(), _ -> new ArrayList<>());
        }
      }
    }
    Map<Door, List<Node>> caches = caches(graph);
    caches.keySet().forEach(door -> byDoor.putIfAbsent(door, Map.of()));
    var stops = new ArrayList<Stop>();
    byDoor.forEach((door, byCall) -> {
      Map<Integer, int[]> entries = new HashMap<>();
      byCall.forEach(
          (call, ids) -> entries.put(call, ids.stream().mapToInt(Integer::intValue).toArray()));
      List<Node> watching = caches.getOrDefault(door, List.of());
      stops.add(new Stop(door.path(), door.place(), entries, watching));
    });
    return List.copyOf(stops);
  }

  private static Map<Door, List<Node>> caches(Graph graph) {
    Map<Door, List<Node>> found = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.step() instanceof Step.Cache cache) {
        for (String path : cache.paths()) {
          if (cache.inputs()) {
            add(found, new Door(path, Site.Place.INPUT), node);
          }
          if (cache.outputs()) {
            add(found, new Door(path, Site.Place.OUTPUT), node);
          }
        }
      }
    }
    return found;
  }

  private static void add(Map<Door, List<Node>> found, Door door, Node node) {
    found.computeIfAbsent(door, _ -> new ArrayList<>()).add(node);
  }

  static @Nullable Site siteOf(Node node) {
    return switch (node.step()) {
      case Step.Argument argument -> argument.site();
      case Step.Swap swap -> swap.site();
      case Step.Skip skip -> skip.site();
      default -> null;
    };
  }

  Graph graph() {
    return graph;
  }

  /// What a node waits for: its arguments, for a loop also what its nodes need from outside.
  int[] dependencies(int id) {
    return bodies.dependencies(id);
  }

  /// Whether a node runs again and again, in a loop.
  boolean isRepeated(int id) {
    return bodies.contains(id);
  }

  /// The nodes of a loop, without those of loops inside it.
  int[] body(int loop) {
    return bodies.of(loop);
  }

  Object earlier(Step.Earlier step) {
    return around.earlier().value(step.trace(), step.node());
  }

  /// Who gets a report of each run, or null.
  @Nullable Consumer<Report> reportTo() {
    return around.reportTo();
  }

  Guard guard() {
    return around.guard();
  }

  List<Stop> stops() {
    return stops;
  }

  /// Whether gradients flow in this run.
  boolean goesBackward() {
    return graph.backwards() > 0;
  }

  boolean isNeeded(int id) {
    return needed[id];
  }

  /// How many nodes must run.
  int neededCount() {
    return neededCount;
  }

  /// The nodes that wait for nothing, such as constants.
  int[] first() {
    return first;
  }

  int[] listeners(int id) {
    return listeners[id];
  }

  /// How many things each node waits for; a fresh copy to count down.
  int[] waiting() {
    return Arrays.copyOf(waiting, waiting.length);
  }

  /// How many nodes use each value; a fresh copy to count down.
  int[] uses() {
    return Arrays.copyOf(uses, uses.length);
  }

  /// The node that replaces the gradient read by node `gradient`, or [Node#UNKNOWN].
  int gradientSwap(int gradient) {
    return gradientSwaps.getOrDefault(gradient, Node.UNKNOWN);
  }
}
