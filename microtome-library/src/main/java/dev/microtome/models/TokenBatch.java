package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Token sequences side by side, the shorter ones padded on the left, where padding disturbs
/// nothing: positions count from the first real token, and the mask hides the rest.
///
/// @param rows each sequence with its padding, all of one length
/// @param padding how many padding tokens each row begins with
@SuppressWarnings("ArrayRecordComponent") // plain data, compared by nobody
record TokenBatch(long[][] rows, int[] padding) {
  static TokenBatch of(List<long[]> prompts, long pad) {
    int width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
    var rows = new long[prompts.size()][width];
    var padding = new int[prompts.size()];
    for (int row = 0; row < rows.length; row++) {
      long[] prompt = prompts.get(row);
      padding[row] = width - prompt.length;
      Arrays.fill(rows[row], 0, padding[row], pad);
      System.arraycopy(prompt, 0, rows[row], padding[row], prompt.length);
    }
    return new TokenBatch(rows, padding);
  }

  int width() {
    return rows[0].length;
  }

  Tensor ids() {
    return Tensor.of(rows);
  }

  /// (rows, `width`) with 0 at padding, or null when there is none.
  @Nullable Tensor mask(int width) {
    if (Arrays.stream(padding).allMatch(count -> count == 0)) {
      return null;
    }
    var mask = new long[rows.length][width];
    for (int row = 0; row < rows.length; row++) {
      Arrays.fill(mask[row], padding[row], width, 1);
    }
    return Tensor.of(mask);
  }

  CausalNetwork.Input input() {
    return new CausalNetwork.Input(ids(), mask(width()));
  }
}
