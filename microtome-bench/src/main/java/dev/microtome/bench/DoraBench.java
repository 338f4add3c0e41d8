package dev.microtome.bench;

import dev.microtome.adapt.AdaptedLinear;
import dev.microtome.adapt.Dora;
import dev.microtome.adapt.LowRank;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a training step costs with DoRA on weights of few bits, over DoRA on whole weights:
/// forward, backward and new row lengths of the four linear layers of a GPT-2-small block, on one
/// thread. The DoRA that is one operation is also compared with the same written out.
final class DoraBench implements Benchmark {
  private static final int ROUNDS = Integer.getInteger("microtome.bench.rounds", 9);
  private static final int[][] SHAPES = {{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}};
  private static final int RANK = 16;

  private final List<Figure> figures = new ArrayList<>();

  @Override
  public String name() {
    return "dora";
  }

  @Override
  public String about() {
    return "training steps with DoRA on weights of few bits, against whole weights";
  }

  @Override
  public List<Figure> run() {
    figures.clear();
    Torch.threads(1);
    for (int rows : new int[] {64, 512}) {
      compare(rows);
    }
    return List.copyOf(figures);
  }

  private void compare(int rows) {
    List<Linear> whole = new ArrayList<>();
    for (int[] shape : SHAPES) {
      whole.add(new Linear(shape[0], shape[1]));
    }
    var rounds =
        Rounds.of("float32", new Step(whole, rows, false)::run)
            .and("float32, written out", new Step(whole, rows, true)::run);
    for (int bits : new int[] {4, 3}) {
      rounds.and(bits + " bit", new Step(quantized(whole, bits), rows, false)::run);
    }
    rounds.inCpuTime().measure(1, ROUNDS);
    String where = "GPT-2-small block, %d rows, rank %d: ".formatted(rows, RANK);
    figure(where + "DoRA on float32", rounds.time("float32").map(us -> us / 1e3), "ms", null);
    var written = rounds.ratio("float32, written out", "float32");
    figure(where + "written out, over one operation", written, "x", null);
    for (int bits : new int[] {4, 3}) {
      var ratio = rounds.ratio(bits + " bit", "float32");
      figure(where + bits + " bit over float32", ratio, "x", Figure.atMost(1.25));
    }
  }

  private void figure(
      String words, Rounds.Estimate value, String unit, Figure.@Nullable Goal goal) {
    figures.add(new Figure(name(), words, value, unit, goal));
  }

  private static List<KernelLinear> quantized(List<Linear> whole, int bits) {
    var settings = LowBit.bits(bits).groupSize(64);
    return whole.stream()
        .map(each -> KernelLinear.of(LowBitLinear.of(each, settings), Precision.FULL))
        .toList();
  }

  /// One step of some layers, each with an adapter; the optimizer's part is to change B.
  private static final class Step {
    private final List<Layer<Tensor, Tensor>> layers = new ArrayList<>();
    private final List<LowRank> parts = new ArrayList<>();
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Tensor> gradients = new ArrayList<>();

    Step(List<? extends Layer<Tensor, Tensor>> bases, int rows, boolean written) {
      for (Layer<Tensor, Tensor> base : bases) {
        base.freeze();
        LowRank part = LowRank.of((LinearLike) base, Dora.rank(RANK));
        var adapted = new AdaptedLinear(base, Map.of("default", part));
        if (written) { // a hook makes the adapter compute part by part
          part.layer("lora_A").onOutput((_, value) -> value);
        }
        layers.add(adapted);
        parts.add(part);
        inputs.add(Tensor.randn(rows, adapted.inFeatures()).requiresGrad_(true));
        gradients.add(Tensor.randn(rows, adapted.outFeatures()));
      }
    }

    void run() {
      for (int i = 0; i < layers.size(); i++) {
        int layer = i;
        Scope.run(() ->
            layers
                .get(layer)
                .apply(inputs.get(layer))
                .backward(gradients.get(layer), false, false));
        parts.get(i).matrixB().detach().add_(1e-6); // new row lengths with every step
      }
    }
  }
}
