package dev.microtome.models;

import dev.microtome.nn.Layer;
import dev.microtome.nn.NewGELUActivation;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.SiLU;
import dev.microtome.nn.Sigmoid;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.Tensor;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The non-linearities a `config.json` may name. Those without a layer of their own in `nn` print
/// under the name they have in Python.
final class Activation extends Layer<Tensor, Tensor> {
  private static final Map<String, Supplier<Layer<Tensor, Tensor>>> NAMED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("gelu_new", NewGELUActivation::new),
              Map.entry("gelu", () -> new Activation("GELUActivation", Tensor::gelu)),
              Map.entry(
                  "gelu_pytorch_tanh", () -> new Activation("PytorchGELUTanh", Tensor::geluTanh)),
              Map.entry("gelu_fast", () -> new Activation("FastGELUActivation", Tensor::geluTanh)),
              Map.entry(
                  "quick_gelu",
                  () -> new Activation("QuickGELUActivation", x -> x.mul(x.mul(1.702).sigmoid()))),
              Map.entry("relu", ReLU::new),
              Map.entry("silu", SiLU::new),
              Map.entry("swish", SiLU::new),
              Map.entry("tanh", Tanh::new),
              Map.entry("sigmoid", Sigmoid::new)));

  private final String name;
  private final UnaryOperator<Tensor> function;

  private Activation(String name, UnaryOperator<Tensor> function) {
    this.name = name;
    this.function = function;
  }

  static Layer<Tensor, Tensor> named(String name) {
    Supplier<Layer<Tensor, Tensor>> make = NAMED.get(name);
    if (make == null) {
      throw new IllegalArgumentException(
          "'%s' is not an activation; known are %s".formatted(name, names()));
    }
    return make.get();
  }

  static Set<String> names() {
    return new TreeSet<>(NAMED.keySet());
  }

  @Override
  protected Tensor forward(Tensor x) {
    return function.apply(x);
  }

  @Override
  protected Activation twin() {
    return new Activation(name, function);
  }

  @Override
  protected String name() {
    return name;
  }
}
