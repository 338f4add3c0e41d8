package dev.microtome.bench;

import dev.microtome.adapt.Dora;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.CausalNetwork;
import dev.microtome.models.Gpt2;
import dev.microtome.models.Gpt2Config;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.GradClip;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// A network of GPT-2-small's shape with DoRA of rank 16 and what trains it.
final class FinetuneJob {
  private static final int VOCABULARY = 50257;

  private final Gpt2 network;
  private final AdamW optimizer;

  private FinetuneJob(int blocks, Consumer<Gpt2> change) {
    network = new Gpt2(Gpt2Config.of(VOCABULARY, 1024, 768, blocks, 12).withDropout(0));
    change.accept(network);
    Dora.rank(16).applyTo(network, LinearPlaces.allButHead());
    optimizer = new AdamW(network.trainable().values(), 1e-4);
  }

  void step(Tensor ids, Tensor targets) {
    Scope.run(() -> {
      optimizer.zeroGrad();
      network
          .apply(new CausalNetwork.Input(ids))
          .logits()
          .flatten(0, 1)
          .crossEntropy(targets)
          .backward();
      GradClip.norm_(network.trainable().values(), 1);
      optimizer.step();
    });
  }

  long bytes() {
    long sum = 0;
    for (Tensor tensor : network.parameters()) {
      sum += tensor.numel() * tensor.dtype().bytes();
    }
    for (Map<String, Tensor> some : List.of(network.namedBuffers(), optimizer.stateDict())) {
      for (Tensor tensor : some.values()) {
        sum += tensor.numel() * tensor.dtype().bytes();
      }
    }
    return sum;
  }

  /// Beside float32 weights.
  static FinetuneJob plain(int blocks) {
    return new FinetuneJob(blocks, _ -> {});
  }

  /// Beside weights of 3 bits.
  static FinetuneJob small(int blocks, Precision precision) {
    return new FinetuneJob(
        blocks,
        network -> {
          LowBit.bits(3).nearest().applyTo(network, LinearPlaces.allButHead());
          KernelLinear.applyTo(network, precision);
        });
  }

  static Tensor ids() {
    return Tensor.randint(VOCABULARY, 4, 64);
  }

  static Tensor targets() {
    return Tensor.randint(VOCABULARY, 256);
  }
}
