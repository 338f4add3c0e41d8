package dev.microtome.examples;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Dora;
import dev.microtome.adapt.NotebookDora;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.PrintOptions;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.Map;
import java.util.Set;

/// The clean QDoRA notebook, cell by cell: the module alone, with A = B = 0 as there, then what its
/// simplifications leave out: other bits and sizes, groups of equal numbers, and factors that
/// train.
public final class QdoraModule {
  private static final PrintOptions TWO_DIGITS = new PrintOptions(2, 1000, 3, 200, false);

  // the weight and the input the notebook prints; the weight at (2, 0) is 0.099 there
  private final Tensor weight =
      Tensor.of(
              new float[][] {
                {-0.44f, 0.25f, 0.37f, -0.49f},
                {0.27f, -0.07f, -0.40f, 0.14f},
                {0.099f, -0.43f, -0.15f, -0.02f},
                {0.03f, 0.16f, 0.09f, -0.13f},
                {0.02f, 0.31f, -0.17f, -0.24f}
              })
          .to(DType.FLOAT16);
  private final Tensor x = Tensor.of(0.75f, -0.51f, 1.20f, 0.54f).to(DType.FLOAT16);
  private final Linear linear = Linear.of(weight, null);

  private QdoraModule() {}

  public static void main(String[] args) {
    Torch.manualSeed(0);
    PrintOptions.with(
        TWO_DIGITS,
        () -> {
          var notebook = new QdoraModule();
          notebook.module();
          notebook.otherSizes();
          equalNumbers();
          training();
        });
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private void module() {
    Tensor exact = linear.apply(x).detach();
    LowBit threeBits = LowBit.bits(3).groupSize(5).notebook();
    var qdora = new NotebookDora(LowBitLinear.of(linear, threeBits), weight, 2, 1);
    qdora.loadMatching(Map.of("a.weight", Tensor.zeros(2, 4), "b.weight", Tensor.zeros(5, 2)));
    System.out.println(qdora);

    Tensor y = qdora.apply(x);
    System.out.println("quanted result (with packing): " + y.detach());
    System.out.println("exact   result               : " + exact);
    check(y.detach().sub(exact).abs().max().item() <= 0.1, "near the exact result");
    check(
        qdora.trainable().keySet().equals(Set.of("m", "a.weight", "b.weight")),
        "only the DoRA part is trainable");

    Tensor loss = y.sum();
    System.out.println("loss: " + loss.detach());
    loss.backward();
    qdora
        .trainable()
        .forEach((name, p) -> {
          System.out.printf("Shape of grad of %-8s is %s%n", name, p.grad().shape());
          System.out.println("--- " + name + ".grad:\n" + p.grad());
        });
  }

  /// The notebook's assertions stop other widths, sizes and batches; here they work.
  private void otherSizes() {
    for (double bits : new double[] {8, 4, 2, 1}) {
      PackedWeight packed = LowBit.bits(bits).groupSize(6).padded(true).notebook().quantize(weight);
      var layer = new LowBitLinear(packed, null);
      System.out.printf(
          "%.0f bits, groups of 6 in 20 numbers: %s%n",
          bits, layer.apply(x.reshape(1, 4)).flatten());
    }
  }

  /// There, a group of equal numbers is divided by its range, zero.
  private static void equalNumbers() {
    Tensor flat = Tensor.full(Shape.of(1, 5), 0.5).to(DType.FLOAT16);
    PackedWeight packed = LowBit.bits(3).groupSize(5).notebook().quantize(flat);
    System.out.println("equal numbers: " + packed.dequantize());
    check(packed.dequantize().eq(flat).all().item() != 0, "they stay as they are");
  }

  /// With A = B = 0 neither ever moves; PEFT begins with a random A, and so do we.
  private static void training() {
    var network = new Sequential(new Linear(16, 16), new Linear(16, 4));
    Tensor input = Tensor.randn(8, 16);
    Tensor target = Tensor.randn(8, 4);
    Tensor before = network.apply(input).detach();
    Adapters adapters = Dora.rank(2).applyTo(network, path -> true);
    var optimizer = new AdamW(network.trainable().values(), 0.05);
    for (int step = 0; step <= 40; step++) {
      optimizer.zeroGrad();
      Tensor loss = network.apply(input).mseLoss(target);
      loss.backward();
      if (step % 20 == 0) {
        System.out.printf("step %d: loss %.2f%n", step, loss.item());
      }
      optimizer.step();
    }
    Tensor trained = network.apply(input).detach();
    check(adapters.merge().layers() == 2, "both layers are merged");
    check(
        network.apply(input).sub(trained).abs().max().item() < 1e-4,
        "merged, it computes the same");
    check(trained.sub(before).abs().max().item() > 0.1, "it has learned");
  }
}
