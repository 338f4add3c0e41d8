package dev.microtome.dynamic.choice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A form for each layer, found by adding up: the fewest bytes whose changes of the loss, taken to
/// be independent, stay within an allowance.
///
/// @param picks for each layer the number of a trial, -1 for as it is
record Assignment(List<Integer> picks) {
  private static final int UNITS = 1000; // that an allowance is counted in

  /// The smallest for an allowance: exact for costs in units, which are rounded up.
  static Assignment smallest(List<LayerTrials> layers, double allowance) {
    long[] best = new long[UNITS + 1]; // bytes, by units spent at most
    var steps = new ArrayList<int[]>();
    for (LayerTrials layer : layers) {
      long[] next = new long[UNITS + 1];
      int[] pick = new int[UNITS + 1];
      for (int spent = 0; spent <= UNITS; spent++) {
        next[spent] = best[spent] + layer.bytes();
        pick[spent] = -1;
        for (int i = 0; i < layer.trials().size(); i++) {
          int cost = units(layer.trials().get(i), allowance);
          if (cost > spent) continue;
          long bytes = best[spent - cost] + layer.trials().get(i).bytes();
          if (bytes < next[spent]) {
            next[spent] = bytes;
            pick[spent] = i;
          }
        }
      }
      best = next;
      steps.add(pick);
    }
    return traced(layers, steps, allowance);
  }

  private static Assignment traced(List<LayerTrials> layers, List<int[]> steps, double allowance) {
    var picks = new Integer[layers.size()];
    int left = UNITS;
    for (int i = layers.size() - 1; i >= 0; i--) {
      picks[i] = steps.get(i)[left];
      if (picks[i] >= 0) left -= units(layers.get(i).trials().get(picks[i]), allowance);
    }
    return new Assignment(Arrays.asList(picks));
  }

  private static int units(Trial trial, double allowance) {
    if (trial.lossChange() <= 0) return 0;
    double units = Math.ceil(trial.lossChange() / allowance * UNITS);
    return units > UNITS ? UNITS + 1 : (int) units;
  }

  /// The bytes of all layers.
  long bytes(List<LayerTrials> layers) {
    long sum = 0;
    for (int i = 0; i < layers.size(); i++) {
      sum += bytes(layers.get(i), picks.get(i));
    }
    return sum;
  }

  static long bytes(LayerTrials layer, int pick) {
    return pick < 0 ? layer.bytes() : layer.trials().get(pick).bytes();
  }

  /// Another form for one layer.
  Assignment with(int layer, int pick) {
    var other = new ArrayList<>(picks);
    other.set(layer, pick);
    return new Assignment(List.copyOf(other));
  }
}
