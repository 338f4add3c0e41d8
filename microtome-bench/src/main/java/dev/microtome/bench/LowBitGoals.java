package dev.microtome.bench;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What products with weights of few bits are to reach, as ratios to libtorch's `linear` on whole
/// weights in the same run.
///
/// @param float32 at least so many times as fast as float32
/// @param bfloat16 at least so many times as fast as bfloat16
record LowBitGoals(Map<String, Double> float32, Map<String, Double> bfloat16) {

  static LowBitGoals forward(long rows, long batch) {
    if (rows != 4096) {
      return new LowBitGoals(Map.of(), Map.of());
    }
    return switch ((int) batch) {
      case 1 ->
          new LowBitGoals(
              Map.of(
                  "4 bit",
                  21.0,
                  "3 bit",
                  20.6,
                  "2 bit",
                  22.6,
                  "4 bit fast",
                  22.6,
                  "3 bit fast",
                  27.2,
                  "2 bit fast",
                  32.3),
              Map.of());
      case 4 -> new LowBitGoals(same(10.1), Map.of());
      case 16 -> new LowBitGoals(everywhere(5.4), Map.of());
      default -> {
        var goals = new HashMap<>(everywhere(1.0));
        goals.keySet().removeIf(piece -> piece.endsWith("bit")); // those in float32
        goals.put("4 bit, bfloat16 x", 1.0);
        yield new LowBitGoals(Map.of(), goals);
      }
    };
  }

  static LowBitGoals backward(long batch) {
    return batch == 1
        ? new LowBitGoals(same(15.3), Map.of())
        : new LowBitGoals(Map.of("4 bit fast", 3.2), Map.of());
  }

  private static Map<String, Double> same(double ratio) {
    return Map.of("4 bit", ratio, "3 bit", ratio, "2 bit", ratio);
  }

  /// The same with every precision.
  private static Map<String, Double> everywhere(double ratio) {
    var goals = new HashMap<>(same(ratio));
    for (String bits : same(ratio).keySet()) {
      goals.put(bits + " fast", ratio);
      goals.put(bits + " int8", ratio);
    }
    return goals;
  }

  Figure.@Nullable Goal over32(String piece) {
    return goal(float32.get(piece));
  }

  Figure.@Nullable Goal over16(String piece) {
    return goal(bfloat16.get(piece));
  }

  private static Figure.@Nullable Goal goal(@Nullable Double ratio) {
    return ratio == null ? null : Figure.atLeast(ratio);
  }
}
