package dev.microtome.bench;

import dev.microtome.bench.LowBitContenders.Contender;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Products with weights of few bits against libtorch's, groups of 64, weights that are not in the
/// cache. All contenders of one shape and batch take turns; figures are ratios within a round, on
/// one thread by the time that thread computed. BLAS is the one libtorch has chosen; start once
/// more with `OPENBLAS_CORETYPE` for another.
final class LowBitBench implements Benchmark {
  private static final int ROUNDS = Integer.getInteger("microtome.bench.rounds", 15);
  private static final String FLOAT32 = "float32 linear";
  private static final String BFLOAT16 = "bfloat16 linear";

  private final List<Figure> figures = new ArrayList<>();

  @Override
  public String name() {
    return "lowbit";
  }

  @Override
  public String about() {
    return "products with weights of 8 to 1 bits, forward and backward, against libtorch's";
  }

  @Override
  public List<Figure> run() {
    figures.clear();
    Torch.threads(1);
    Grad.off(() -> {
      bandwidth();
      square(new LowBitContenders(4096, 4096));
      var wide = new LowBitContenders(11008, 4096);
      forward(wide, 1);
      forward(wide, 16);
    });
    return List.copyOf(figures);
  }

  private void bandwidth() {
    Tensor large = Tensor.ones(64L << 20);
    var rounds = Rounds.of("read", () -> large.sum().close()).inCpuTime().measure(1, ROUNDS);
    var speed = rounds.time("read").map(micros -> large.numel() * 4 / micros / 1e3);
    figures.add(
        new Figure(
            name(), "memory read by one thread (libtorch sums 256 MB)", speed, "GB/s", null));
  }

  private void square(LowBitContenders all) {
    for (long batch : new long[] {1, 4, 16, 64}) {
      forward(all, batch);
    }
    backward(all, 1);
    backward(all, 64);
    twoThreads(all);
  }

  private void forward(LowBitContenders all, long batch) {
    var pieces = new LinkedHashMap<String, Contender>();
    pieces.put(FLOAT32, all.linear(batch, DType.FLOAT32, false));
    pieces.put("float32 linear through oneDNN", all.oneDnn(batch));
    pieces.put(BFLOAT16, all.linear(batch, DType.BFLOAT16, false));
    pieces.put("dequantize 4 bit, then float32 linear", all.dequantize(batch, 4));
    pieces.put("libtorch int4 weight-only", all.int4(batch));
    pieces.put("libtorch int8 weight-only", all.int8(batch));
    pieces.put("libtorch int8 dynamic", all.int8Dynamic(batch));
    for (int bits : batch == 1 ? new int[] {8, 4, 3, 2, 1} : new int[] {4, 3, 2}) {
      pieces.put(bits + " bit", all.kernel(batch, bits, DType.FLOAT32, Precision.FULL, false));
      pieces.put(bits + " bit fast", all.kernel(batch, bits, DType.FLOAT32, Precision.FAST, false));
      if (batch > 4) {
        pieces.put(
            bits + " bit int8", all.kernel(batch, bits, DType.FLOAT32, Precision.INT8, false));
      }
    }
    pieces.put("4 bit, bfloat16 x", all.kernel(batch, 4, DType.BFLOAT16, Precision.FULL, false));
    String where = "%s, %d row%s: ".formatted(all, batch, batch == 1 ? "" : "s");
    report(where, pieces, measured(pieces), FLOAT32, LowBitGoals.forward(all.rows(), batch));
  }

  private void backward(LowBitContenders all, long batch) {
    var pieces = new LinkedHashMap<String, Contender>();
    pieces.put(FLOAT32, all.linear(batch, DType.FLOAT32, true));
    pieces.put(BFLOAT16, all.linear(batch, DType.BFLOAT16, true));
    for (int bits : new int[] {4, 3, 2}) {
      pieces.put(bits + " bit", all.kernel(batch, bits, DType.FLOAT32, Precision.FULL, true));
      pieces.put(bits + " bit fast", all.kernel(batch, bits, DType.FLOAT32, Precision.FAST, true));
    }
    String where = "%s backward, %d row%s: ".formatted(all, batch, batch == 1 ? "" : "s");
    report(where, pieces, measured(pieces), FLOAT32, LowBitGoals.backward(batch));
  }

  /// One thread, then two, in turns; by the time that passes.
  private void twoThreads(LowBitContenders all) {
    for (long batch : new long[] {1, 16}) {
      Contender hot = all.hot(batch, 4);
      Contender cold = all.kernel(batch, 4, DType.FLOAT32, Precision.FULL, false);
      var rounds =
          Rounds.of("hot 1", () -> on(1, hot))
              .and("hot 2", () -> on(2, hot))
              .and("cold 1", () -> on(1, cold))
              .and("cold 2", () -> on(2, cold))
              .measure(10, ROUNDS);
      for (String kind : List.of("hot", "cold")) {
        var ratio = rounds.ratio(kind + " 1", kind + " 2");
        figures.add(
            new Figure(
                name(),
                "4 bit, %d rows, %s: two threads over one".formatted(batch, kind),
                ratio,
                "x",
                kind.equals("hot") ? Figure.atLeast(1.8) : null));
      }
    }
    Torch.threads(1);
  }

  private static void on(int threads, Contender contender) {
    Torch.threads(threads);
    contender.call().run();
  }

  private static Rounds measured(Map<String, Contender> pieces) {
    Rounds rounds = null;
    for (var piece : pieces.entrySet()) {
      Runnable call = piece.getValue().call();
      warm(call);
      rounds = rounds == null ? Rounds.of(piece.getKey(), call) : rounds.and(piece.getKey(), call);
    }
    return java.util.Objects.requireNonNull(rounds).inCpuTime().measure(1, ROUNDS);
  }

  /// Until HotSpot has compiled the kernels, and what leads to them.
  private static void warm(Runnable call) {
    long end = System.nanoTime() + 300_000_000L;
    for (int i = 0; i < 500 && System.nanoTime() < end; i++) {
      call.run();
    }
  }

  private void report(
      String where, Map<String, Contender> pieces, Rounds rounds, String base, LowBitGoals goals) {
    for (var piece : pieces.entrySet()) {
      String each = piece.getKey();
      var time = rounds.time(each).map(micros -> micros / 1e3);
      figure(where + each, time, "ms", null);
      if (each.contains("bit")) {
        double bytes = piece.getValue().bytes();
        figure(where + each, rounds.time(each).map(micros -> bytes / micros / 1e3), "GB/s", null);
        figure(where + base + " over " + each, rounds.ratio(base, each), "x", goals.over32(each));
        if (goals.over16(each) != null) {
          figure(
              where + BFLOAT16 + " over " + each,
              rounds.ratio(BFLOAT16, each),
              "x",
              goals.over16(each));
        }
      }
    }
  }

  private void figure(
      String words, Rounds.Estimate estimate, String unit, Figure.@Nullable Goal goal) {
    figures.add(new Figure(name(), words, estimate, unit, goal));
  }
}
