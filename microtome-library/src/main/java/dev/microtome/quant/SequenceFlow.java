package dev.microtome.quant;

import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvTranspose2d;
import dev.microtome.nn.Dropout;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

/// What feeds what in the sequences of a network. An activation that hands its grid on to a layer
/// with a weight needs no second quantizer there. Outside of sequences only the program of a layer
/// knows, so nothing is said.
final class SequenceFlow {
  private record Step(String path, Layer<?, ?> layer) {}

  private final Map<String, String> fed = new HashMap<>();
  private final Set<String> feeding = new HashSet<>();
  private final Map<String, String> norms = new HashMap<>();
  private final BiPredicate<String, Layer<?, ?>> quantized;

  /// @param quantized whether the layer of a path is going to be quantized
  SequenceFlow(Layer<?, ?> network, BiPredicate<String, Layer<?, ?>> quantized) {
    this.quantized = quantized;
    var inside = new HashSet<Layer<?, ?>>(); // by identity: layers define no equals
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (layer instanceof Sequential sequence && !inside.contains(sequence)) {
            var steps = new ArrayList<Step>();
            flatten(path, sequence, steps, inside);
            follow(steps);
            findNorms(steps);
          }
        });
  }

  private static void flatten(
      String path, Sequential sequence, List<Step> steps, Set<Layer<?, ?>> inside) {
    inside.add(sequence);
    for (Map.Entry<String, Slot<?, ?>> slot : sequence.namedSlots().entrySet()) {
      if (!slot.getKey().contains(".")) {
        String own = path.isEmpty() ? slot.getKey() : path + "." + slot.getKey();
        if (slot.getValue().get() instanceof Sequential nested) {
          flatten(own, nested, steps, inside);
        } else {
          steps.add(new Step(own, slot.getValue().get()));
        }
      }
    }
  }

  private void follow(List<Step> steps) {
    String source = "";
    for (Step step : steps) {
      boolean exchanged = quantized.test(step.path(), step.layer());
      if (exchanged && QuantForm.isActivation(step.layer())) {
        source = step.path();
      } else if (!passes(step.layer())) {
        if (exchanged && !source.isEmpty() && QuantForm.hasWeight(step.layer())) {
          feeding.add(source);
          fed.put(step.path(), source);
        }
        source = "";
      }
    }
  }

  /// Whether numbers on a grid come out on the same grid.
  private static boolean passes(Layer<?, ?> layer) {
    return layer instanceof MaxPool2d
        || layer instanceof Flatten
        || layer instanceof Dropout
        || layer instanceof Identity;
  }

  private void findNorms(List<Step> steps) {
    for (int i = 1; i < steps.size(); i++) {
      Step before = steps.get(i - 1);
      boolean conv = before.layer() instanceof Conv2d || before.layer() instanceof ConvTranspose2d;
      if (conv
          && steps.get(i).layer() instanceof BatchNorm2d
          && quantized.test(before.path(), before.layer())) {
        norms.put(steps.get(i).path(), before.path());
      }
    }
  }

  /// The path of the activation whose grid a layer gets its input on, or an empty one.
  String sourceOf(String path) {
    return fed.getOrDefault(path, "");
  }

  /// Whether a layer reads the grid of this activation.
  boolean feeds(String path) {
    return feeding.contains(path);
  }

  /// The path of the quantized convolution right before a batch norm, or an empty one.
  String convolutionBefore(String path) {
    return norms.getOrDefault(path, "");
  }
}
