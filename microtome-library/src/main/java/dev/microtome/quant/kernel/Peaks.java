package dev.microtome.quant.kernel;

import static dev.microtome.quant.kernel.FloatMemory.LANES;
import static dev.microtome.quant.kernel.FloatMemory.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Where the largest |x| stands, all places where it does. One pass over vectors; only blocks that
/// hold a new largest number are looked through one by one.
final class Peaks {
  private static final long BLOCK = 1024;

  private float most = -1;
  private long[] places = new long[1];
  private int count;

  private Peaks() {}

  static Peaks of(FloatMemory x) {
    var peaks = new Peaks();
    for (long start = 0; start < x.size; start += BLOCK) {
      long end = Math.min(start + BLOCK, x.size);
      float here = largest(x, start, end);
      if (here > peaks.most) {
        peaks.most = here;
        peaks.count = 0;
      }
      if (here == peaks.most) {
        peaks.add(x, start, end);
      }
    }
    return peaks;
  }

  /// max |x|, NaN when there is one.
  static float largest(FloatMemory x) {
    return largest(x, 0, x.size);
  }

  private static float largest(FloatMemory x, long start, long end) {
    FloatVector most = FloatVector.zero(SPECIES);
    long i = start;
    for (; i + LANES <= end; i += LANES) {
      most = most.max(x.at(i).abs());
    }
    float result = most.reduceLanes(VectorOperators.MAX);
    for (; i < end; i++) {
      result = Math.max(result, Math.abs(x.get(i)));
    }
    return result;
  }

  private void add(FloatMemory x, long start, long end) {
    for (long i = start; i < end; i++) {
      if (Math.abs(x.get(i)) == most) {
        if (count == places.length) {
          places = Arrays.copyOf(places, 2 * count);
        }
        places[count++] = i;
      }
    }
  }

  int count() {
    return count;
  }

  /// Place number `index`, in rising order.
  long place(int index) {
    return places[index];
  }
}
