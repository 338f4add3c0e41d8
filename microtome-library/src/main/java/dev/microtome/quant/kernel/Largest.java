package dev.microtome.quant.kernel;

import static dev.microtome.quant.kernel.FloatMemory.LANES;
import static dev.microtome.quant.kernel.FloatMemory.SPECIES;

import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Finds the m-th largest number in one pass: whatever is not larger than the smallest of the m
/// largest so far is passed over by whole vectors.
public final class Largest {
  /// So many are looked for at most.
  public static final int MOST = 64;

  private static final int VECTORS = 8; // looked at together

  /// What is compared.
  public enum Of {
    /// |x|.
    MAGNITUDE,
    /// x.
    VALUE,
    /// −x: the largest is the smallest.
    NEGATIVE
  }

  /// A number as it stands in the tensor, and where.
  ///
  /// @param finite whether all numbers of the tensor are
  public record Found(float value, long index, boolean finite) {}

  private final FloatMemory x;
  private final Of of;
  private final float[] keys; // the m largest so far, smallest first
  private final long[] places;

  private Largest(FloatMemory x, int m, Of of) {
    this.x = x;
    this.of = of;
    keys = new float[m];
    places = new long[m];
    Arrays.fill(keys, Float.NEGATIVE_INFINITY);
  }

  /// The `m`-th largest, from 1.
  public static Found find(Tensor tensor, int m, Of of) {
    try (var arena = Arena.ofConfined()) {
      return new Largest(new FloatMemory(tensor, arena), m, of).search();
    }
  }

  private Found search() {
    FloatVector none = FloatVector.zero(SPECIES);
    long step = (long) VECTORS * LANES;
    long i = 0;
    for (; i + step <= x.size; i += step) {
      FloatVector most = key(x.at(i));
      for (long j = i; j < i + step; j += LANES) {
        FloatVector v = x.at(j);
        none = none.add(v.sub(v));
        most = most.max(key(v));
      }
      if (most.compare(VectorOperators.GT, keys[0]).anyTrue()) {
        for (long j = i; j < i + step; j++) {
          offer(j);
        }
      }
    }
    float check = none.reduceLanes(VectorOperators.ADD);
    for (; i < x.size; i++) {
      check += x.get(i) * 0; // NaN from what is not finite
      offer(i);
    }
    return new Found(x.get(places[0]), places[0], check == 0);
  }

  private FloatVector key(FloatVector v) {
    return switch (of) {
      case MAGNITUDE -> v.abs();
      case VALUE -> v;
      case NEGATIVE -> v.neg();
    };
  }

  private void offer(long index) {
    float value = x.get(index);
    float key =
        switch (of) {
          case MAGNITUDE -> Math.abs(value);
          case VALUE -> value;
          case NEGATIVE -> -value;
        };
    if (!(key > keys[0])) {
      return;
    }
    int at = 0;
    while (at + 1 < keys.length && keys[at + 1] < key) {
      keys[at] = keys[at + 1];
      places[at] = places[at + 1];
      at++;
    }
    keys[at] = key;
    places[at] = index;
  }
}
