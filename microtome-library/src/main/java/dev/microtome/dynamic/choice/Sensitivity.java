package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.Outcome;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// How much each layer of a network suffers when it alone is quantized.
///
/// ```java
/// var sensitivity = Sensitivity.of(net, List.of(DynamicChoice.INT8, DynamicChoice.WEIGHTS), loss);
/// System.out.println(sensitivity.report().table());
/// Mixed<Sequential> mixed = sensitivity.within(0.01);
/// ```
///
/// The network is run once for each layer and form, with that layer exchanged for the time; it is
/// the same afterwards.
public final class Sensitivity<L extends Layer<?, ?>> {
  /// Is told how far measuring is.
  @FunctionalInterface
  public interface Progress {
    /// `done` of `all` trials are over.
    void trials(int done, int all);
  }

  private final L network;
  private final List<Choice> choices;
  private final ToDoubleFunction<? super L> loss;
  private final SensitivityReport report;

  private Sensitivity(
      L network, List<Choice> choices, ToDoubleFunction<? super L> loss, SensitivityReport report) {
    this.network = network;
    this.choices = choices;
    this.loss = loss;
    this.report = report;
  }

  /// Tries every form on every layer that sits in a slot.
  ///
  /// @param loss runs a network on data and tells how bad it is, the less the better
  /// @throws IllegalArgumentException when the loss is no number, naming the layer if one is to
  ///   blame
  public static <L extends Layer<?, ?>> Sensitivity<L> of(
      L network, List<? extends Choice> choices, ToDoubleFunction<? super L> loss) {
    return of(network, choices, loss, (_, _) -> {});
  }

  /// The same, telling its progress.
  public static <L extends Layer<?, ?>> Sensitivity<L> of(
      L network,
      List<? extends Choice> choices,
      ToDoubleFunction<? super L> loss,
      Progress progress) {
    check(network, choices);
    var trials = new Trials<>(network, choices, loss);
    Map<String, Tie> ties = ties(network);
    var rows = new ArrayList<LayerTrials>();
    Map<String, Slot<?, ?>> slots = leaves(network);
    int done = 0;
    for (Map.Entry<String, Slot<?, ?>> place : slots.entrySet()) {
      rows.add(
          trials.of(place.getKey(), place.getValue(), ties.getOrDefault(place.getKey(), Tie.NONE)));
      progress.trials(++done, slots.size());
    }
    var report = new SensitivityReport(trials.base(), rows);
    return new Sensitivity<>(network, List.copyOf(choices), loss, report);
  }

  private static void check(Layer<?, ?> network, List<? extends Choice> choices) {
    if (choices.isEmpty()) throw new IllegalArgumentException("there are no forms to choose from");
    List<String> names = choices.stream().map(Choice::name).toList();
    if (names.stream().distinct().count() < names.size()) {
      throw new IllegalArgumentException("two forms have one name: " + names);
    }
    if (network.isTraining()) {
      throw new IllegalArgumentException(
          "the network is in training mode, where its loss is no fixed number: call eval() first");
    }
  }

  private static Map<String, Slot<?, ?>> leaves(Layer<?, ?> network) {
    var leaves = new LinkedHashMap<String, Slot<?, ?>>(network.namedSlots());
    leaves.values().removeIf(slot -> Outcome.bytesOf(slot.get()) == 0);
    return leaves;
  }

  /// Layers that share a tensor with another one.
  private static Map<String, Tie> ties(Layer<?, ?> network) {
    var first = new IdentityHashMap<Tensor, String>();
    var ties = new LinkedHashMap<String, Tie>();
    for (String name : network.stateDict().keySet()) {
      String owner = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : "";
      String other = first.putIfAbsent(network.tensor(name), owner);
      if (other != null) {
        ties.put(owner, new Tie(other, true));
        ties.putIfAbsent(other, new Tie(owner, false));
      }
    }
    return Collections.unmodifiableMap(ties);
  }

  /// What was measured.
  public SensitivityReport report() {
    return report;
  }

  /// The smallest network whose loss is at most `budget` above that of the network as it is. The
  /// loss of what is returned was measured, not added up.
  ///
  /// @throws IllegalArgumentException when the budget is negative or no number
  public Mixed<L> within(double budget) {
    if (!(budget >= 0) || Double.isInfinite(budget)) {
      throw new IllegalArgumentException(
          "a budget is how much the loss may grow, zero or more, got " + budget);
    }
    return new MixedSearch<>(network, choices, loss, report, budget).run();
  }
}
