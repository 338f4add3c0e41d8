package dev.microtome.examples;

import dev.microtome.adapt.NotebookDora;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.lowbit.Packing;
import dev.microtome.lowbit.Reconstruction;
import dev.microtome.nn.Linear;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.PrintOptions;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;

/// The notebook that builds QDoRA up, cell by cell: a DoRA module, group quantization, 3-bit
/// packing, all of it together, forward and backward in float16. Each cell's assertion is checked;
/// at the end the two things the notebook leaves open, a comparison with HQQ and kernels.
public final class QdoraBuildUp {
  private static final PrintOptions TWO_DIGITS = new PrintOptions(2, 1000, 3, 200, false);

  // the weight and the input the notebook prints
  private final Tensor weight =
      Tensor.of(
              new float[][] {
                {-0.45f, 0.12f, -0.46f, 0.42f},
                {0.01f, 0.23f, -0.23f, -0.09f},
                {-0.41f, 0.39f, 0.25f, -0.33f},
                {-0.24f, 0.09f, -0.34f, 0.23f},
                {-0.46f, 0.40f, 0.15f, 0.41f}
              })
          .to(DType.FLOAT16);
  private final Tensor x = Tensor.of(-0.47f, 0.87f, -1.61f, 1.72f).to(DType.FLOAT16);
  private final Linear linear = Linear.of(weight, null);
  private final Tensor exact = linear.apply(x).detach();

  private QdoraBuildUp() {}

  public static void main(String[] args) {
    Torch.manualSeed(0);
    PrintOptions.with(TWO_DIGITS, () -> new QdoraBuildUp().run());
  }

  private void run() {
    rowNorms();
    doraModule();
    oneGroup();
    groups();
    packing();
    module();
    comparedWithHqq();
    kernels();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static boolean close(Tensor a, Tensor b, double tolerance) {
    return a.detach().sub(b.detach()).abs().max().item() <= tolerance;
  }

  /// Rows divided by their lengths have length 1.
  private void rowNorms() {
    Tensor t = Tensor.arange(30).to(DType.FLOAT16).reshape(5, -1);
    Tensor lengths = t.div(t.norm(2, 1, true)).square().sum(1);
    check(close(lengths, Tensor.ones(5), 1e-2), "rows have length 1");
  }

  /// DoRA beside a weight that is not quantized yet: without training, the layer as it was.
  private void doraModule() {
    var dora = new NotebookDora(Linear.of(weight, null), weight, 2, 1);
    System.out.println("dora: " + dora.apply(x));
    check(close(dora.apply(x), exact, 1e-2), "a fresh DoRA changes nothing");
  }

  /// One group by hand: shift, scale, round.
  private void oneGroup() {
    Tensor group = Tensor.of(-1.61f, -0.52f, 0.34f, 0.17f, -0.91f).to(DType.FLOAT16);
    Tensor normed = group.sub(group.min()).div(group.max().sub(group.min())).mul(7);
    System.out.println("normed: " + normed);
    System.out.println("codes: " + normed.round());
    PackedWeight packed = LowBit.bits(3).groupSize(5).notebook().quantize(group.reshape(1, 5));
    check(packed.codes().reshape(-1).eq(normed.round()).all().item() != 0, "the same codes");
  }

  /// Groups of five of the numbers 0 to 29: the same codes in each, other zeros.
  private void groups() {
    Tensor data = Tensor.arange(30).to(DType.FLOAT16).reshape(1, 30);
    PackedWeight packed = LowBit.bits(3).groupSize(5).notebook().quantize(data);
    System.out.println("codes: " + packed.codes());
    System.out.println("scale: " + packed.scale().tensor().flatten());
    System.out.println("zero: " + packed.zero().tensor().flatten());
    System.out.println("back: " + packed.dequantize().reshape(-1, 5));
    check(close(packed.dequantize(), data, 0.3), "at most half a step away");
  }

  /// Ten 3-bit codes in 32 bits, the first in the highest.
  private void packing() {
    Tensor ten = Tensor.of(0, 2, 4, 5, 7, 0, 2, 4, 5, 7).reshape(1, 10);
    long packed = Packing.CONSECUTIVE_TENS.pack(ten).itemLong();
    String bits = Integer.toBinaryString((int) packed);
    System.out.println("packed: " + packed + " = " + "0".repeat(32 - bits.length()) + bits);
    check(packed == 43484463, "the notebook's number");
    Tensor values = Tensor.of(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5).reshape(1, 14);
    Tensor two = Packing.CONSECUTIVE_TENS.pack(values);
    System.out.println("packed: " + two);
    System.out.println("unpacked: " + Packing.CONSECUTIVE_TENS.unpack(two, 1, 20));
  }

  /// Everything together: quantized and packed base, magnitudes, two small matrices.
  private void module() {
    LowBit threeBits = LowBit.bits(3).groupSize(5).notebook();
    var qdora = new NotebookDora(LowBitLinear.of(linear, threeBits), weight, 2, 1);
    System.out.println(qdora);
    System.out.println("quantized: " + qdora.apply(x).detach());
    System.out.println("exact:     " + exact);
    check(close(qdora.apply(x), exact, 0.07), "near the exact result");
    System.out.println("trained: " + qdora.trainable().keySet());

    Tensor target = exact.mul(2);
    Tensor loss = qdora.apply(x).sub(target).square().sum().sqrt();
    System.out.println("loss: " + loss.detach());
    loss.backward();
    qdora
        .trainable()
        .forEach((name, p) -> {
          System.out.printf("%-8s has a gradient of shape %s%n", name, p.grad().shape());
          check(p.grad().shape().equals(p.shape()), "a gradient has the parameter's shape");
        });
  }

  /// Left open by the notebook: how HQQ would have quantized a weight.
  private static void comparedWithHqq() {
    Tensor some = Tensor.randn(64, 64).mul(0.02);
    for (double bits : new double[] {4, 3, 2}) {
      LowBit settings = LowBit.bits(bits).groupSize(64);
      double notebook = Reconstruction.of(some, settings.notebook().quantize(some)).relative();
      double hqq = Reconstruction.of(some, settings.hqq().quantize(some)).relative();
      double own = Reconstruction.of(some, settings.leastSquares().quantize(some)).relative();
      System.out.printf(
          "%.0f bits: relative error %.3f as in the notebook, %.3f with HQQ, %.3f with least squares%n",
          bits, notebook, hqq, own);
      check(own < hqq && hqq < notebook, "HQQ is nearer, least squares nearer still");
    }
  }

  /// Left open by the notebook: any number of inputs at once, a gradient to them and none to the
  /// codes, and the whole weight is never kept.
  private void kernels() {
    var packed = LowBitLinear.of(linear, LowBit.bits(3).groupSize(4).hqq());
    Tensor batch = Tensor.randn(2, 3, 4).requiresGrad_(true);
    packed.apply(batch).sum().backward();
    System.out.println("batch: " + packed.apply(batch).shape() + ", " + packed);
    check(batch.hasGrad() && packed.trainable().isEmpty(), "a gradient for the input only");
  }
}
