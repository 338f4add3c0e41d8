package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The memory of a network's weights, which a run for somebody else may read and not change: it
/// belongs to everybody's next run too. Views of it count, however they came about.
final class Weights {
  private final Layer<?, ?> network;
  private @Nullable Set<Long> addresses; // of storages; asked for when somebody writes

  Weights(Layer<?, ?> network) {
    this.network = network;
  }

  /// Refuses an operation that would change them.
  void refuseChange(Step.Call call, @Nullable Object[] args) {
    for (Tensor written : call.written(args)) {
      if (addresses().contains(address(written))) {
        throw new IllegalStateException(
            "%s would change the network's own weights, which others use too; work on a copy: clone()"
                .formatted(call.op()));
      }
    }
  }

  private Set<Long> addresses() {
    Set<Long> known = addresses;
    if (known == null) {
      known = new HashSet<>();
      for (Tensor weight : network.parameters()) {
        known.add(address(weight));
      }
      for (Tensor buffer : network.namedBuffers().values()) {
        known.add(address(buffer));
      }
      known.remove(0L); // of those without numbers
      addresses = known;
    }
    return known;
  }

  private static long address(Tensor tensor) {
    DenseTensor dense = tensor.dense();
    try (var arena = Arena.ofConfined()) {
      return dense.storage(arena).address();
    }
  }
}
