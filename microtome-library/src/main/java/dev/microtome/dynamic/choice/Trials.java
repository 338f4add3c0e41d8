package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.Outcome;
import dev.microtome.dynamic.calibrated.StaticLayer;
import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Runs a network with one layer in another form, watching that layer: beside each of its outputs,
/// the original computes what it would have been.
final class Trials<L extends Layer<?, ?>> {
  private final L network;
  private final List<? extends Choice> choices;
  private final ToDoubleFunction<? super L> loss;
  private final double base;

  Trials(L network, List<? extends Choice> choices, ToDoubleFunction<? super L> loss) {
    this.network = network;
    this.choices = choices;
    this.loss = loss;
    base = measured("the network as it is");
  }

  /// The loss of the network as it is.
  double base() {
    return base;
  }

  private double measured(String what) {
    double value = Grad.off(() -> loss.applyAsDouble(network));
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("the loss of %s is %s".formatted(what, value));
    }
    return value;
  }

  <A, B> LayerTrials of(String path, Slot<A, B> slot, Tie tie) {
    Layer<A, B> layer = slot.get();
    var trials = new ArrayList<Trial>();
    if (tie.equals(Tie.NONE)) {
      for (Choice choice : choices) {
        Trial trial = tried(path, slot, choice);
        if (trial != null) trials.add(trial);
      }
    }
    String remark =
        tie.equals(Tie.NONE) ? "has none of these forms" : "shares a weight with " + tie.other();
    return new LayerTrials(
        path,
        Outcome.kindOf(layer),
        tie.counted() ? 0 : Outcome.bytesOf(layer),
        trials,
        trials.isEmpty() ? remark : "");
  }

  @SuppressWarnings("unchecked") // a quantized layer has the function type of the one it replaces
  private <A, B> @Nullable Trial tried(String path, Slot<A, B> slot, Choice choice) {
    Layer<A, B> plain = slot.get();
    Layer<A, B> rounded = (Layer<A, B>) Grad.off(() -> choice.quantized(path, plain));
    if (rounded == null) return null;
    var watch = new Watch<>(plain, rounded);
    slot.set(rounded);
    try {
      double change = measured("'%s' as %s".formatted(path, choice.name())) - base;
      Noise weights = Grad.off(() -> Noise.ofWeights(plain, rounded));
      return new Trial(choice.name(), Outcome.bytesOf(rounded), weights, watch.noise, change);
    } finally {
      watch.remove();
      slot.set(plain);
    }
  }

  /// Compares a layer's outputs with those the original gives for the same inputs.
  private static final class Watch<A, B> {
    private final Hook in;
    private final Hook out;
    private @Nullable Object input;
    private Noise noise = Noise.NONE;

    @SuppressWarnings("unchecked") // a hook sees what the layer takes
    Watch(Layer<A, B> plain, Layer<A, B> rounded) {
      in =
          rounded.onInput((_, value) -> {
            input = value;
            return value;
          });
      out =
          rounded.onOutput((_, value) -> {
            A same = (A) Objects.requireNonNull(input);
            Scope.run(() -> {
              Object wanted = alike(plain.apply(same), rounded);
              noise = noise.plus(Noise.between(Values.tensors(wanted), Values.tensors(value)));
            });
            return value;
          });
    }

    /// What the original gives, with the ReLU that became part of the layer in its place.
    private static @Nullable Object alike(@Nullable Object wanted, Layer<?, ?> rounded) {
      return rounded instanceof StaticLayer whole
              && whole.grids().relu()
              && wanted instanceof Tensor plain
          ? plain.relu()
          : wanted;
    }

    void remove() {
      in.remove();
      out.remove();
    }
  }
}
