package dev.microtome.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleBiFunction;

/// Times several pieces of code in turns, so that what disturbs the machine disturbs all of them:
/// each round times every piece once, and figures are medians over rounds of differences or ratios
/// *within* a round.
///
/// ```java
/// var rounds = Rounds.of("bare", () -> net.apply(x)).and("traced", () -> trace.run(x)).measure(200, 31);
/// double extra = rounds.difference("traced", "bare");   // microseconds a call
/// ```
public final class Rounds {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Map<String, Runnable> pieces = new LinkedHashMap<>();
  private final Map<String, double[]> micros = new LinkedHashMap<>();

  private boolean cpu;

  private Rounds() {}

  /// A median and how far it may be trusted.
  ///
  /// @param median over the rounds
  /// @param spread half the distance between the quartiles
  public record Estimate(double median, double spread) {
    static Estimate of(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return new Estimate(at(sorted, 0.5), (at(sorted, 0.75) - at(sorted, 0.25)) / 2);
    }

    private static double at(double[] sorted, double quantile) {
      double place = quantile * (sorted.length - 1);
      int below = (int) place;
      int above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /// The same on another scale.
    public Estimate map(DoubleUnaryOperator scale) {
      return new Estimate(
          scale.applyAsDouble(median),
          Math.abs(scale.applyAsDouble(median + spread) - scale.applyAsDouble(median)));
    }
  }

  /// The first piece.
  public static Rounds of(String name, Runnable piece) {
    return new Rounds().and(name, piece);
  }

  /// One more piece.
  public Rounds and(String name, Runnable piece) {
    if (pieces.putIfAbsent(name, piece) != null) {
      throw new IllegalArgumentException("there are two pieces named " + name);
    }
    return this;
  }

  /// Measures the time the processor spends on this thread instead of that on the clock: what to
  /// trust on a busy machine, for pieces that run on one thread. (Java knows the time of the whole
  /// program in hundredths of a second only.)
  public Rounds inCpuTime() {
    cpu = true;
    return this;
  }

  /// Warms up with a third of the work, then measures.
  ///
  /// @param calls of each piece in one round
  /// @param rounds odd numbers give true medians
  public Rounds measure(int calls, int rounds) {
    if (calls < 1 || rounds < 1) {
      throw new IllegalArgumentException(
          calls + " calls and " + rounds + " rounds: both at least 1");
    }
    int warmUps = Math.max(1, rounds / 3);
    pieces.keySet().forEach(name -> micros.put(name, new double[rounds]));
    for (int round = -warmUps; round < rounds; round++) {
      for (var piece : pieces.entrySet()) {
        double time = time(piece.getValue(), calls);
        if (round >= 0) {
          times(piece.getKey())[round] = time;
        }
      }
    }
    return this;
  }

  private double time(Runnable piece, int calls) {
    long start = now();
    for (int i = 0; i < calls; i++) {
      piece.run();
    }
    return (now() - start) / 1e3 / calls;
  }

  private long now() {
    return cpu ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
  }

  /// Microseconds a call of one piece.
  public Estimate time(String name) {
    return Estimate.of(times(name));
  }

  /// Microseconds a call that `a` takes longer than `b`.
  public Estimate difference(String a, String b) {
    return within(a, b, (x, y) -> x - y);
  }

  /// How many times as long `a` takes as `b`.
  public Estimate ratio(String a, String b) {
    return within(a, b, (x, y) -> x / y);
  }

  private Estimate within(String a, String b, ToDoubleBiFunction<Double, Double> relation) {
    double[] left = times(a);
    double[] right = times(b);
    var values = new double[left.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = relation.applyAsDouble(left[i], right[i]);
    }
    return Estimate.of(values);
  }

  private double[] times(String name) {
    double[] times = micros.get(name);
    if (times == null) {
      throw new IllegalArgumentException(
          "no piece named " + name + " was measured; there are " + micros.keySet());
    }
    return times;
  }
}
