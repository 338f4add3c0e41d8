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

  boolean isPadded() {
    return Arrays.stream(padding).anyMatch(count -> count > 0);
  }

  /// How many tokens a row has without its padding.
  int length(int row) {
    return width() - padding[row];
  }

  /// How long the padded rows become when each is continued as `options` say.
  long wantedLength(GenerationOptions options) {
    long longest = 0;
    for (int row = 0; row < rows.length; row++) {
      longest = Math.max(longest, (long) width() + options.newTokens(length(row)));
    }
    return longest;
  }

  Tensor ids() {
    return Tensor.of(rows);
  }

  /// (rows, `width`) with 0 at padding, or null when there is none.
  @Nullable Tensor mask(int width) {
    if (!isPadded()) {
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
