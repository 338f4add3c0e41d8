package dev.microtome.quant;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What a network did with one input in evaluation: its quantized layers and the operations between
/// them, in order, each with the values that went in and came out. Exporters and the integer
/// executor read it, so they need not know how a network is put together.
public final class QuantGraph {
  /// One step: a quantized layer, or an operation between them.
  public sealed interface Step {
    /// The layer's path, or the operation's name with a number.
    String name();

    /// Numbers of the values that went in.
    List<Integer> inputs();

    /// The number of the value that came out.
    int output();
  }

  /// A quantized layer.
  public record LayerStep(String name, Layer<?, ?> layer, List<Integer> inputs, int output)
      implements Step {}

  /// An operation between layers; `call` holds the tensors it ran on. One with several results is a
  /// step for each, numbered by `part` from 0.
  public record OperationStep(String name, OpCall call, int part, List<Integer> inputs, int output)
      implements Step {}

  private final List<Step> steps = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private int result;

  private QuantGraph() {}

  /// Runs `network` on `input` in evaluation and notes what it does. Its mode and hooks are as
  /// before afterwards.
  public static QuantGraph of(Layer<Tensor, Tensor> network, Tensor input) {
    var graph = new QuantGraph();
    var hooks = new ArrayList<Hook>();
    boolean before = network.isTraining();
    try {
      network.eval();
      wholeLayers(network).forEach((path, layer) -> hooks.add(layer.onInput(graph.at(path))));
      Tensor watched = graph.watch(input);
      Tensor out = Grad.off(() -> network.apply(watched));
      if (!(out instanceof WatchedTensor last)) {
        throw new IllegalArgumentException("the network's result does not come from its input");
      }
      graph.result = last.number();
      return graph;
    } finally {
      hooks.forEach(Hook::close);
      network.train(before);
    }
  }

  /// The layers that are one step each. Plain ones are seen as the operations they are made of.
  private static Map<String, Layer<?, ?>> wholeLayers(Layer<?, ?> network) {
    var found = new LinkedHashMap<String, Layer<?, ?>>();
    network
        .namedLayers()
        .forEach((path, layer) -> {
          boolean whole =
              layer instanceof QuantLayer<?>
                  || layer instanceof QuantEmbedding
                  || layer instanceof QuantLstm
                  || layer instanceof QuantRnn;
          if (whole) {
            found.put(path, layer);
          }
        });
    return found;
  }

  private Hook.Action at(String path) {
    return (layer, input) -> {
      List<Integer> numbers = new ArrayList<>();
      Values.forEach(
          input,
          tensor -> {
            if (tensor instanceof WatchedTensor watched) {
              numbers.add(watched.number());
            }
          });
      if (numbers.isEmpty()) {
        return input; // the layer itself, called from below
      }
      Object real = Values.map(input, WatchedTensor::realOf);
      Object out = run(layer, real);
      int first = values.size();
      Object watched = Values.map(out, this::watch);
      steps.add(new LayerStep(path.isEmpty() ? "layer" : path, layer, List.copyOf(numbers), first));
      return new Hook.Skip(watched);
    };
  }

  @SuppressWarnings("unchecked") // the layer gets what it was called with
  private static Object run(Layer<?, ?> layer, Object input) {
    return ((Layer<Object, Object>) layer).apply(input);
  }

  private Tensor watch(Tensor value) {
    values.add(value);
    return new WatchedTensor(value, values.size() - 1, this);
  }

  /// Notes an operation between layers.
  Object record(OpCall call, List<Integer> inputs, Object out) {
    int first = values.size();
    Function<Tensor, Tensor> noted =
        value -> {
          Tensor watched = watch(value);
          int number = values.size() - 1;
          String name = call.name().substring(call.name().indexOf("::") + 1) + "_" + number;
          steps.add(new OperationStep(name, call, number - first, inputs, number));
          return watched;
        };
    return out instanceof Tensor tensor ? noted.apply(tensor) : Values.map(out, noted);
  }

  /// The steps the result comes from, in order.
  public List<Step> steps() {
    var needed = new HashSet<Integer>();
    needed.add(result);
    var found = new ArrayList<Step>();
    for (Step step : steps.reversed()) {
      if (needed.contains(step.output())) {
        needed.addAll(step.inputs());
        found.add(step);
      }
    }
    return List.copyOf(found.reversed());
  }

  /// The value of a number; 0 is the network's input.
  public Tensor value(int number) {
    return values.get(number);
  }

  /// The number of the network's result.
  public int result() {
    return result;
  }
}
