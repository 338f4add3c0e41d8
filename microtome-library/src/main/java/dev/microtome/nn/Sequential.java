package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Layers applied one after the other, named `0`, `1`, … or by hand:
///
/// ```java
/// Sequential net =
///     Sequential.named().add("layer1", new Linear(5, 10)).add("layer2", new Linear(10, 2)).build();
/// ```
public final class Sequential extends Layer<Tensor, Tensor> {
  private final List<Slot<Tensor, Tensor>> steps = new ArrayList<>();

  @SafeVarargs
  public Sequential(Layer<Tensor, Tensor>... layers) {
    for (Layer<Tensor, Tensor> layer : layers) {
      steps.add(slot(Integer.toString(steps.size()), layer));
    }
  }

  private Sequential(Map<String, Layer<Tensor, Tensor>> layers) {
    layers.forEach((name, layer) -> steps.add(slot(name, layer)));
  }

  /// Starts a sequence whose layers have names.
  public static Named named() {
    return new Named();
  }

  @Override
  protected Tensor forward(Tensor input) {
    Tensor x = input;
    for (Slot<Tensor, Tensor> step : steps) {
      x = step.apply(x);
    }
    return x;
  }

  /// The layer at a position.
  public Layer<Tensor, Tensor> get(int index) {
    return steps.get(index).get();
  }

  public int size() {
    return steps.size();
  }

  @Override
  protected Sequential twin() {
    var twins = new LinkedHashMap<String, Layer<Tensor, Tensor>>();
    steps.forEach(step -> twins.put(step.name(), step.get().twin()));
    return new Sequential(twins);
  }

  /// Collects named layers for a [Sequential].
  public static final class Named {
    private final Map<String, Layer<Tensor, Tensor>> layers = new LinkedHashMap<>();

    private Named() {}

    public Named add(String name, Layer<Tensor, Tensor> layer) {
      if (layers.putIfAbsent(name, layer) != null) {
        throw new IllegalArgumentException("there already is a layer '" + name + "'");
      }
      return this;
    }

    public Sequential build() {
      return new Sequential(layers);
    }
  }
}
