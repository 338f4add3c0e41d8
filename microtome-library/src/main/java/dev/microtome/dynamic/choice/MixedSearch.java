package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.Outcome;
import dev.microtome.dynamic.Quantized;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Looks for the smallest network within a budget. Changes of the loss add up only roughly, so the
/// allowance that is added up to is moved, halving its interval, until what is measured just fits;
/// then single layers are made smaller as long as that fits, too.
final class MixedSearch<L extends Layer<?, ?>> {
  private static final int HALVINGS = 6;
  private static final int GROWTHS = 5;
  private static final int SINGLE_STEPS = 24;

  private final L network;
  private final Map<String, Choice> choices = new HashMap<>();
  private final ToDoubleFunction<? super L> loss;
  private final SensitivityReport report;
  private final double budget;
  private final Map<Assignment, Double> measured = new HashMap<>();
  private Assignment best;

  MixedSearch(
      L network,
      List<Choice> choices,
      ToDoubleFunction<? super L> loss,
      SensitivityReport report,
      double budget) {
    this.network = network;
    this.loss = loss;
    this.report = report;
    this.budget = budget;
    choices.forEach(choice -> this.choices.put(choice.name(), choice));
    best = new Assignment(Collections.nCopies(report.layers().size(), -1));
    measured.put(best, report.loss());
  }

  Mixed<L> run() {
    double low = 0;
    double high = budget == 0 ? Double.MIN_NORMAL : budget;
    for (int i = 0; i < GROWTHS && fits(high); i++) {
      low = high;
      high *= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    shrinkSingleLayers();
    L found = assembled(best);
    double value = Objects.requireNonNull(measured.get(best));
    int networks = measured.size() - 1;
    return new Mixed<>(new Quantized<>(found, outcomes()), report.loss(), value, budget, networks);
  }

  /// Whether the smallest network for an allowance fits in the budget when it is measured.
  private boolean fits(double allowance) {
    return isWithin(Assignment.smallest(report.layers(), allowance));
  }

  private boolean isWithin(Assignment tried) {
    Double known = measured.get(tried);
    double value = known != null ? known : measure(tried);
    boolean within = value - report.loss() <= budget;
    if (within && tried.bytes(report.layers()) < best.bytes(report.layers())) best = tried;
    return within;
  }

  private double measure(Assignment tried) {
    L one = assembled(tried);
    double value = Grad.off(() -> loss.applyAsDouble(one));
    measured.put(tried, value);
    return value;
  }

  /// One layer and a form in which it is smaller than now.
  private record Step(int layer, int pick, long saved, double change) {}

  private void shrinkSingleLayers() {
    int tries = 0;
    for (boolean better = true; better && tries < SINGLE_STEPS; ) {
      better = false;
      for (Step step : steps()) {
        if (tries == SINGLE_STEPS) break;
        Assignment next = best.with(step.layer(), step.pick());
        if (measured.containsKey(next)) continue;
        tries++;
        if (isWithin(next)) {
          better = true;
          break;
        }
      }
    }
  }

  /// Those that save most for what they are expected to cost come first.
  private List<Step> steps() {
    var steps = new ArrayList<Step>();
    for (int i = 0; i < report.layers().size(); i++) {
      LayerTrials layer = report.layers().get(i);
      long now = Assignment.bytes(layer, best.picks().get(i));
      for (int pick = 0; pick < layer.trials().size(); pick++) {
        Trial trial = layer.trials().get(pick);
        if (trial.bytes() < now) {
          steps.add(new Step(i, pick, now - trial.bytes(), Math.max(trial.lossChange(), 0)));
        }
      }
    }
    steps.sort(Comparator.comparingDouble(step -> step.change() / step.saved()));
    return steps;
  }

  private @Nullable Choice choice(Assignment assignment, int layer) {
    int pick = assignment.picks().get(layer);
    return pick < 0
        ? null
        : Objects.requireNonNull(
            choices.get(report.layers().get(layer).trials().get(pick).choice()));
  }

  @SuppressWarnings("unchecked") // a copy has the class of its original
  private L assembled(Assignment assignment) {
    var instead = new LinkedHashMap<String, Layer<?, ?>>();
    for (int i = 0; i < report.layers().size(); i++) {
      String path = report.layers().get(i).path();
      Choice choice = choice(assignment, i);
      if (choice == null) continue;
      Layer<?, ?> plain = network.slot(path).get();
      instead.put(path, Objects.requireNonNull(Grad.off(() -> choice.quantized(path, plain))));
    }
    L copy = (L) network.copyWith(instead);
    copy.eval();
    choices.values().forEach(choice -> choice.connect(copy));
    return copy;
  }

  private List<Outcome> outcomes() {
    var outcomes = new ArrayList<Outcome>();
    for (int i = 0; i < report.layers().size(); i++) {
      LayerTrials layer = report.layers().get(i);
      Choice choice = choice(best, i);
      String why = choice != null ? choice.name() : reason(layer);
      outcomes.add(
          new Outcome(
              layer.path(),
              layer.kind(),
              choice != null,
              why,
              layer.bytes(),
              Assignment.bytes(layer, best.picks().get(i))));
    }
    return outcomes;
  }

  private static String reason(LayerTrials layer) {
    if (!layer.remark().isEmpty()) return layer.remark();
    return layer.trials().stream().anyMatch(trial -> trial.bytes() < layer.bytes())
        ? "costs too much of the budget"
        : "no form of it is smaller";
  }
}
