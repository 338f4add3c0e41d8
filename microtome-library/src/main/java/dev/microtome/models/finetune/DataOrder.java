package dev.microtome.models.finetune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Which examples a step learns: epoch after epoch, each in an order of its own drawn from the
/// seed. A step's examples follow from its number alone, so a training can go on anywhere.
final class DataOrder {
  private final List<Example> examples;
  private final int stepSize;
  private final long seed;
  private int epoch = -1;
  private List<Integer> order = List.of();

  DataOrder(List<Example> examples, int stepSize, long seed) {
    this.examples = examples;
    this.stepSize = stepSize;
    this.seed = seed;
  }

  /// How many steps it takes to learn every example so often.
  int steps(double epochs) {
    return Math.toIntExact(Math.max(1, (long) Math.ceil(epochs * examples.size() / stepSize)));
  }

  /// The examples of a step, from 0.
  List<Example> at(int step) {
    var found = new ArrayList<Example>();
    for (long place = (long) step * stepSize; found.size() < stepSize; place++) {
      shuffle((int) (place / examples.size()));
      found.add(examples.get(order.get((int) (place % examples.size()))));
    }
    return found;
  }

  private void shuffle(int wanted) {
    if (wanted != epoch) {
      order = shuffled(examples.size(), seed * 1_000_003 + wanted);
      epoch = wanted;
    }
  }

  /// The numbers below `count` in an order drawn from `seed`.
  static List<Integer> shuffled(int count, long seed) {
    var places = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(places, new Random(seed));
    return places;
  }
}
