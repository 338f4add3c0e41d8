package dev.microtome.nn;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Updates parameters from their gradients.
///
/// ```java
/// var adam = new AdamW(net.parameters(), 1e-3);
/// for (var batch : batches) {
///   adam.zeroGrad();
///   loss(net, batch).backward();
///   adam.step();
/// }
/// ```
///
/// Parameters without a gradient are left alone. Steps run libtorch's fused kernels, which follow
/// PyTorch's formulas.
public abstract sealed class Optimizer permits Sgd, Adam, AdamW {
  private final List<Tensor> parameters = new ArrayList<>();
  private double learningRate;

  Optimizer(Iterable<? extends Tensor> parameters, double learningRate) {
    for (Tensor parameter : parameters) {
      if (parameter.requiresGrad()) {
        check(parameter);
        this.parameters.add(parameter);
      }
    }
    if (this.parameters.isEmpty()) {
      throw new IllegalArgumentException(
          "an optimizer needs parameters that want gradients; were all frozen?");
    }
    learningRate(learningRate);
  }

  // The fused kernels walk the memory, whatever the strides say.
  private static void check(Tensor parameter) {
    if (parameter.device().equals(Device.META)) {
      throw new IllegalArgumentException(
          "the parameters have no numbers yet (they are on the meta device); load the weights first");
    }
    if (!parameter.dense().isContiguous()) {
      throw new IllegalArgumentException(
          "a parameter %s %s is not contiguous; make it so before training"
              .formatted(parameter.dtype(), parameter.shape()));
    }
  }

  /// Updates every parameter that has a gradient; an [IllegalStateException] when none has.
  public final void step() {
    Scope.run(() ->
        Grad.off(() -> {
          var some = new ArrayList<Integer>();
          for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).hasGrad()) {
              some.add(i);
            }
          }
          if (some.isEmpty()) {
            throw new IllegalStateException(
                "no parameter has a gradient: call backward() first; if you did, the"
                    + " network's parameters were replaced since this optimizer was made");
          }
          update(some);
          parametersAt(some).forEach(parameter -> parameter.dense().changed()); // fused: uncounted
        }));
  }

  /// Updates the parameters at these positions.
  abstract void update(List<Integer> positions);

  /// Forgets all gradients.
  public final void zeroGrad() {
    parameters.forEach(Tensor::clearGrad);
  }

  public final double learningRate() {
    return learningRate;
  }

  /// Changes the learning rate from the next step on.
  public final void learningRate(double rate) {
    learningRate = Check.notNegative("learning rate", rate);
  }

  /// What the optimizer remembers, as `position.name`, to go on training later.
  public final Map<String, Tensor> stateDict() {
    var state = new LinkedHashMap<String, Tensor>();
    memories()
        .forEach(
            (name, memory) -> memory.forEach((i, tensor) -> state.put(i + "." + name, tensor)));
    return Collections.unmodifiableMap(state);
  }

  /// Takes over a state another optimizer of this kind saved for the same parameters.
  public final void load(Map<String, ? extends Tensor> state) {
    Map<String, Map<Integer, Tensor>> memories = memories();
    state.forEach((key, tensor) -> checkEntry(memories, key, tensor));
    memories.values().forEach(Map::clear);
    state.forEach((key, tensor) -> {
      int dot = key.indexOf('.');
      Map<Integer, Tensor> memory = memories.getOrDefault(key.substring(dot + 1), Map.of());
      memory.put(
          Integer.valueOf(key.substring(0, dot)), tensor.detach().contiguous().copy().save());
    });
  }

  private void checkEntry(Map<String, Map<Integer, Tensor>> memories, String key, Tensor tensor) {
    int dot = key.indexOf('.');
    int position =
        dot > 0 && key.substring(0, dot).matches("\\d{1,9}")
            ? Integer.parseInt(key.substring(0, dot))
            : -1;
    String name = key.substring(dot + 1);
    if (position < 0 || position >= parameters.size() || !memories.containsKey(name)) {
      throw new IllegalArgumentException(
          "'%s' is not a state of this %s with %d parameters"
              .formatted(key, getClass().getSimpleName(), parameters.size()));
    }
    Tensor parameter = parameters.get(position);
    boolean fits =
        name.equals("step")
            ? tensor.numel() == 1 && tensor.dtype() == DType.FLOAT32
            : tensor.shape().equals(parameter.shape()) && tensor.dtype() == parameter.dtype();
    if (!fits) {
      throw new IllegalArgumentException(
          "'%s' is %s %s, which does not fit its parameter %s %s"
              .formatted(
                  key, tensor.dtype(), tensor.shape(), parameter.dtype(), parameter.shape()));
    }
  }

  /// What is remembered for each parameter, by PyTorch's name.
  abstract Map<String, Map<Integer, Tensor>> memories();

  final List<Tensor> parametersAt(List<Integer> positions) {
    return positions.stream().map(parameters::get).toList();
  }

  final List<Tensor> gradientsAt(List<Integer> positions) {
    return positions.stream().map(i -> parameters.get(i).grad().contiguous()).toList();
  }

  /// The memories at these positions, begun as zeros where there are none.
  final List<Tensor> remembered(Map<Integer, Tensor> memory, List<Integer> positions) {
    var found = new ArrayList<Tensor>();
    for (int i : positions) {
      found.add(memory.computeIfAbsent(i, at -> parameters.get(at).detach().zerosLike().save()));
    }
    return found;
  }
}
