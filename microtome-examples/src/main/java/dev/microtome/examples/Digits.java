package dev.microtome.examples;

import dev.microtome.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/// Handwritten digits: images (count, 1, 8, 8) with pixels from 0 to 1, and which digit each is
/// (count). `digits.md` beside the file says where they come from.
record Digits(Tensor images, Tensor labels) {
  private static final int SIDE = 8;
  private static final float WHITE = 16;

  /// All 1797 that ship, in the order they were collected.
  static Digits load() throws IOException {
    var file = Objects.requireNonNull(Digits.class.getResourceAsStream("digits.csv.gz"));
    try (var reader =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(file), StandardCharsets.US_ASCII))) {
      List<String[]> rows = reader.lines().map(line -> line.split(",", -1)).toList();
      var pixels = new float[rows.size() * SIDE * SIDE];
      var labels = new long[rows.size()];
      for (int i = 0; i < rows.size(); i++) {
        String[] row = rows.get(i);
        for (int k = 0; k < SIDE * SIDE; k++) {
          pixels[i * SIDE * SIDE + k] = Float.parseFloat(row[k]) / WHITE;
        }
        labels[i] = Long.parseLong(row[SIDE * SIDE]);
      }
      return new Digits(Tensor.of(pixels).view(rows.size(), 1, SIDE, SIDE), Tensor.of(labels));
    }
  }

  long size() {
    return labels.numel();
  }

  /// Those from `from` to before `to`.
  Digits range(long from, long to) {
    return new Digits(images.narrow(0, from, to - from), labels.narrow(0, from, to - from));
  }

  /// Those at these places.
  Digits at(Tensor places) {
    return new Digits(images.indexSelect(0, places), labels.indexSelect(0, places));
  }
}
