package dev.microtome.models.finetune;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// Examples side by side, the shorter ones filled up at their end, which no token before it sees.
///
/// @param ids (rows, tokens)
/// @param places of the tokens after which something is learned, counted row by row
/// @param targets what is learned there
record Batch(Tensor ids, Tensor places, Tensor targets) {
  static Batch of(List<Example> examples) {
    int width = examples.stream().mapToInt(Example::length).max().orElse(0);
    int counted = examples.stream().mapToInt(Example::counted).sum();
    var ids = new long[examples.size()][width];
    var places = new long[counted];
    var targets = new long[counted];
    int at = 0;
    for (int row = 0; row < ids.length; row++) {
      long[] all = examples.get(row).ids();
      System.arraycopy(all, 0, ids[row], 0, all.length - 1);
      for (int i = examples.get(row).from(); i < all.length; i++) {
        places[at] = (long) row * width + i - 1;
        targets[at++] = all[i];
      }
    }
    return new Batch(Tensor.of(ids), Tensor.of(places), Tensor.of(targets));
  }
}
