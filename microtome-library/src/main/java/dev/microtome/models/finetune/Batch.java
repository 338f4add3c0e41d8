package dev.microtome.models.finetune;

import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Examples side by side, the shorter ones filled up at their end, which no token before it sees.
///
/// @param ids (rows, tokens)
/// @param targets (rows · tokens): what follows each token, [#IGNORED] where that is not learned
/// @param counted how many are learned
record Batch(Tensor ids, Tensor targets, long counted) {
  /// The target that does not count.
  static final long IGNORED = -100;

  static Batch of(List<Example> examples) {
    int width = examples.stream().mapToInt(Example::length).max().orElse(0);
    var ids = new long[examples.size()][width];
    var targets = new long[examples.size() * width];
    Arrays.fill(targets, IGNORED);
    long counted = 0;
    for (int row = 0; row < ids.length; row++) {
      long[] all = examples.get(row).ids();
      System.arraycopy(all, 0, ids[row], 0, all.length - 1);
      int from = examples.get(row).from();
      System.arraycopy(all, from, targets, row * width + from - 1, all.length - from);
      counted += all.length - from;
    }
    return new Batch(Tensor.of(ids), Tensor.of(targets), counted);
  }
}
