package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The engine each layer is packed for: the given one, or the fastest on this processor for
/// matrices of that size. Only engines that give the same numbers compete (QNNPACK, which keeps 8
/// bits of activations, must be asked for), so that results never depend on a clock.
final class EngineChoice {
  private static final List<QuantizedEngine> RIVALS =
      List.of(QuantizedEngine.X86, QuantizedEngine.ONEDNN);
  private static final Map<Size, QuantizedEngine> KNOWN = new ConcurrentHashMap<>();
  private static final int ROUNDS = 7;
  private static final int SMALL = 64 * 64;

  private record Size(long out, long in, long rows) {}

  private final @Nullable QuantizedEngine given;

  EngineChoice(@Nullable QuantizedEngine given) {
    this.given = given;
  }

  /// Whether nobody asked for an engine, so that anything that gives the same numbers will do.
  boolean isFree() {
    return given == null;
  }

  /// For a linear layer, which mostly sees some rows at a time.
  QuantizedEngine linear(long out, long in, DynamicConfig config) {
    return choose(new Size(out, in, 16), config);
  }

  /// For a recurrent layer, whose hidden states come one row at a time.
  QuantizedEngine recurrent(long hidden, long in, DynamicConfig config) {
    return choose(new Size(4 * hidden, hidden, 1), config);
  }

  private QuantizedEngine choose(Size size, DynamicConfig config) {
    if (config.dtype() == DType.FLOAT16) return QuantizedEngine.FBGEMM;
    if (given != null) return given;
    if (size.out() * size.in() < SMALL) return QuantizedEngine.X86;
    return KNOWN.computeIfAbsent(size, EngineChoice::measure);
  }

  private static QuantizedEngine measure(Size size) {
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor weight = Tensor.full(new Shape(size.out(), size.in()), 0.5, DType.FLOAT32);
          Tensor x = Tensor.full(new Shape(size.rows(), size.in()), 0.5, DType.FLOAT32);
          QuantizedEngine best = RIVALS.getFirst();
          long least = Long.MAX_VALUE;
          for (var engine : RIVALS) {
            long took = time(weight, x, engine);
            if (took < least) {
              least = took;
              best = engine;
            }
          }
          return best;
        }));
  }

  /// Nanoseconds of the fastest of some runs.
  private static long time(Tensor weight, Tensor x, QuantizedEngine engine) {
    var packed = PackedLinear.of("a matrix", weight, null, DynamicConfig.QINT8, engine);
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      packed.apply(x, true).close();
      least = Math.min(least, System.nanoTime() - begin);
    }
    return least;
  }
}
