package dev.microtome.examples;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Dora;
import dev.microtome.adapt.Merged;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.lowbit.Reconstruction;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The README's lines about few bits and adapters: a layer in 3 bits, and a small network whose
/// quantized layers get adapters that are trained, written and merged.
public final class FewBits {
  private FewBits() {}

  public static void main(String[] args) {
    Torch.manualSeed(0);
    quantize(new Linear(256, 256));
    var settings = LowBit.bits(3).groupSize(32);
    adapt(
        new Sequential(
            LowBitLinear.of(new Linear(32, 64), settings),
            LowBitLinear.of(new Linear(64, 8), settings)));
  }

  private static void quantize(Linear linear) {
    var low = LowBitLinear.of(linear, LowBit.bits(3).groupSize(64).hqq());
    PackedWeight packed = low.packed();
    double lost = Reconstruction.of(linear.weight(), packed).relative();
    System.out.printf("%s%n%.1f bits per weight, error %.2f%n", low, packed.bitsPerWeight(), lost);
  }

  private static void adapt(Sequential network) {
    Path folder = temporary();
    Adapters adapters = Dora.rank(16).applyTo(network, LinearPlaces.allButHead());
    train(network);
    PeftAdapter.of(adapters, "default", "org/model").write(folder);
    Merged merged = adapters.merge();
    System.out.println(merged.layers() + " layers merged: " + network.get(0));
    merged.undo();
    System.out.println("in PEFT's folder: " + PeftAdapter.read(folder).parts().keySet());
  }

  private static void train(Layer<Tensor, Tensor> network) {
    var optimizer = new AdamW(network.trainable().values(), 1e-2);
    Tensor x = Tensor.randn(16, 32);
    Tensor target = Tensor.randn(16, 8);
    for (int step = 0; step < 30; step++) {
      optimizer.zeroGrad();
      Tensor loss = network.apply(x).mseLoss(target);
      loss.backward();
      optimizer.step();
      if (step % 29 == 0) {
        System.out.printf("step %d: loss %.1f%n", step, loss.item());
      }
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("few-bits");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
