package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The engine each layer is packed for: the given one, or the fastest on this processor for
/// matrices of that size. Only engines that give the same numbers compete (QNNPACK, which keeps 8
/// bits of activations, must be asked for), so that results never depend on a clock. What was
/// measured is kept in a file ([EngineFile]).
final class EngineChoice {
  private static final List<QuantizedEngine> RIVALS =
      List.of(QuantizedEngine.X86, QuantizedEngine.ONEDNN);
  private static final Map<Size, QuantizedEngine> KNOWN = new ConcurrentHashMap<>();
  private static final int ROUNDS = 15;
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
    return KNOWN.computeIfAbsent(size, EngineChoice::known);
  }

  private static QuantizedEngine known(Size size) {
    String name =
        "%d x %d x %d, %d threads".formatted(size.rows(), size.in(), size.out(), Torch.threads());
    var file = EngineFile.own();
    QuantizedEngine kept = file.get(name);
    if (kept != null && RIVALS.contains(kept)) return kept;
    QuantizedEngine best = measure(size);
    file.put(name, best);
    return best;
  }

  /// The engine with the fastest of some runs, taken in turns.
  private static QuantizedEngine measure(Size size) {
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor weight = Tensor.full(new Shape(size.out(), size.in()), 0.5, DType.FLOAT32);
          Tensor x = Tensor.full(new Shape(size.rows(), size.in()), 0.5, DType.FLOAT32);
          List<PackedLinear> packed =
              RIVALS.stream()
                  .map(engine ->
                      PackedLinear.of("a matrix", weight, null, DynamicConfig.QINT8, engine))
                  .toList();
          int best = 0;
          long least = Long.MAX_VALUE;
          for (int i = 0; i < ROUNDS * RIVALS.size(); i++) {
            int rival = i % RIVALS.size();
            long begin = System.nanoTime();
            packed.get(rival).apply(x, true).close();
            long took = System.nanoTime() - begin;
            if (took < least) {
              least = took;
              best = rival;
            }
          }
          return RIVALS.get(best);
        }));
  }
}
