package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Walks a graph with shapes in place of values and adds up what it takes. A shape that is not
/// known is passed on as such: a node that can't work is left for the run to refuse, in its words.
final class Forecaster {
  private static final int STEADY = 2;
  private static final double PER_NODE = 20_000; // operations' worth of looking after a node

  private final Graph graph;
  private final int trace;
  private final Layer<?, ?> network;
  private final Rows.Scans scans;
  private final List<@Nullable Object[]> earlier;
  private final @Nullable Object[] values;
  private final double[] rounds;
  private double held; // by the result of the call just looked at
  private double working; // by that call while it ran
  private Forecast sum = Forecast.NOTHING;

  Forecaster(Graph graph, Layer<?, ?> network, Rows.Scans scans, List<@Nullable Object[]> earlier) {
    this.graph = graph;
    this.trace = earlier.size();
    this.network = network;
    this.scans = scans;
    this.earlier = earlier;
    this.values = new @Nullable Object[graph.size()];
    this.rounds = new double[graph.size()];
  }

  /// The shapes of all nodes, for later runs.
  @Nullable Object[] values() {
    return values;
  }

  Forecast run() {
    for (Node node : graph.nodes()) {
      rounds[node.id()] = node.guard() == Node.UNKNOWN ? 1 : rounds[node.guard()];
      held = 0;
      working = 0;
      try {
        values[node.id()] = value(node);
      } catch (TorchException unknown) {
        values[node.id()] = null;
      } catch (RuntimeException refused) {
        throw new RunException(trace, node.id(), refused);
      }
      count(node);
    }
    return sum;
  }

  private void count(Node node) {
    double saved = node.isSaved() ? bytes(values[node.id()]) : 0;
    double own = held(node);
    double bytes = own > 0 ? own : saved; // a view is saved as a copy
    sum =
        sum.plus(
            new Forecast(
                bytes,
                working,
                saved,
                rounds[node.id()] * operations(node),
                trace,
                node.id(),
                bytes + working));
  }

  private double held(Node node) {
    return switch (node.step()) {
      case Step.Call _ -> held;
      case Step.Gradient _, Step.Cache _, Step.Argument _ -> bytes(values[node.id()]);
      default -> 0;
    };
  }

  private @Nullable Object value(Node node) {
    return switch (node.step()) {
      case Step.Argument argument -> piece(argument.site(), argument.piece());
      case Step.Parameter(String path) -> ShapeOnly.of(network.tensor(path));
      case Step.Swap swap -> passed(swap.site());
      case Step.Skip skip -> passed(skip.site());
      case Step.Gradient gradient -> values[gradient.of().id()];
      case Step.Pick pick ->
          values[pick.of().id()] instanceof List<?> list && pick.index() < list.size()
              ? list.get(pick.index())
              : null;
      case Step.Earlier(int run, int id) -> earlier.get(run)[id];
      case Step.Choose choose -> resolve(choose.then());
      case Step.Repeat repeat -> {
        rounds[node.id()] *= repeat.times() instanceof Long times ? times : 1;
        var state = new ArrayList<@Nullable Object>();
        state.add(ShapeOnly.of(Tensor.scalar(0L)));
        repeat.start().forEach(value -> state.add(resolve(value)));
        yield state;
      }
      case Step.Call call -> called(call);
      case Step.Cache cache -> cached(cache);
      case Step.GradientSwap _, Step.Branch _, Step.Next _, Step.Log _ -> null;
    };
  }

  private @Nullable Object passed(Site site) {
    piece(site, 0); // there must be such a place
    return null;
  }

  private @Nullable Object piece(Site site, int piece) {
    if (site.path().equals(Site.GENERATOR)) {
      return null; // token ids
    }
    network.layer(site.path());
    ScannedRun scan = scans.of(site.invoke());
    int call = Math.min(site.call(), STEADY);
    Tensor known =
        scan == null
            ? null
            : scan.piece(new Site(site.path(), site.place(), call, Site.ALL), piece);
    return known instanceof ShapeOnly shape ? shape.detached() : null;
  }

  private @Nullable Object cached(Step.Cache cache) {
    var kept = new ArrayList<@Nullable Object>();
    for (String path : cache.paths()) {
      network.layer(path);
      if (cache.inputs()) {
        kept.add(kept(cache, new Site(path, Site.Place.INPUT, 0, cache.invoke())));
      }
      if (cache.outputs()) {
        kept.add(kept(cache, new Site(path, Site.Place.OUTPUT, 0, cache.invoke())));
      }
    }
    return kept;
  }

  private @Nullable Object kept(Step.Cache cache, Site site) {
    return piece(site, 0) instanceof Tensor tensor ? cache.keep().of(tensor) : null;
  }

  private @Nullable Object called(Step.Call call) {
    boolean[] known = {false, true};
    for (Object arg : call.args()) {
      References.forEachTensor(arg, _ -> known[0] = true);
      References.forEach(
          arg,
          ref -> {
            known[0] = true;
            known[1] &= values[ref.id()] instanceof Tensor;
          });
    }
    if (!known[0]) {
      throw new IllegalArgumentException(call.op() + " has no tensor among its arguments");
    }
    if (!known[1] || call.op().equals("backward")) {
      return null;
    }
    List<@Nullable Object> args = new ArrayList<>();
    for (Object arg : References.ofCall(call.args(), ShapeOnly::of)) {
      args.add(References.values(arg, ref -> values[ref.id()]));
    }
    return weighed(call, new OpCall(call.op(), args));
  }

  private @Nullable Object weighed(Step.Call step, OpCall call) {
    working = WorkingMemory.of(call, null); // should nothing be known of the result
    Object largest = LargestResults.of(call);
    Object result = largest == null ? Ops.call(call) : largest;
    boolean own = !Aliases.sharesFirstArgument(step) || Aliases.isCopied(call, result);
    working = own || step.writes() ? WorkingMemory.of(call, result) : 0;
    held = (own ? bytes(result) : 0) + WorkingMemory.handles(result);
    return result;
  }

  private @Nullable Object resolve(Object value) {
    return value instanceof Step.Ref ref ? values[ref.id()] : ShapeOnly.of((Tensor) value);
  }

  private double operations(Node node) {
    if (!(node.step() instanceof Step.Call call)) {
      return PER_NODE;
    }
    double out = numel(values[node.id()]);
    return PER_NODE + (isProduct(call.op()) ? 2 * out * inner(call) : out + arguments(call));
  }

  private static boolean isProduct(String op) {
    return op.contains("mm")
        || op.contains("linear")
        || op.contains("conv")
        || op.contains("einsum")
        || op.contains("tensordot")
        || op.contains("attention")
        || op.contains("addmv")
        || op.contains("mv")
        || op.contains("dot");
  }

  private double inner(Step.Call call) {
    double most = 1;
    for (Object arg : call.args()) {
      Object value = arg instanceof Step.Ref ref ? values[ref.id()] : arg;
      if (value instanceof Tensor tensor && tensor.dim() > 0) {
        most = Math.max(most, (double) tensor.size(-1));
      }
    }
    return most;
  }

  private double arguments(Step.Call call) {
    double[] all = {0};
    for (Object arg : call.args()) {
      References.forEach(arg, ref -> all[0] += numel(values[ref.id()]));
    }
    return all[0];
  }

  private static double numel(@Nullable Object value) {
    return Values.tensors(value).stream().mapToDouble(tensor -> tensor.shape().numel()).sum();
  }

  static double bytes(@Nullable Object value) {
    return Values.tensors(value).stream()
        .mapToDouble(tensor -> (double) tensor.shape().numel() * tensor.dtype().bytes())
        .sum();
  }
}
