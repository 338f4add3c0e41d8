package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;

/// The network most tests of traces look into: `layer1`, 5 to 10, and `layer2`, 10 to 2.
final class TwoLayers {
  private TwoLayers() {}

  /// The network with the same numbers every time; random tensors made next are the same, too.
  static Sequential seeded() {
    Torch.manualSeed(1);
    return Sequential.named()
        .add("layer1", new Linear(5, 10))
        .add("layer2", new Linear(10, 2))
        .build();
  }

  static void same(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.toFloats())
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(expected.toFloats());
  }
}
