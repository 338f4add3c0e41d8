package dev.microtome.lowbit;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What quantizing a network did, layer by layer.
///
/// @param rows in the order of the network
/// @param left what else holds matrices, by path, and why it stays as it is
public record LowBitReport(List<Row> rows, Map<String, String> left) {
  /// One layer.
  ///
  /// @param path where it sits
  /// @param bits of a code
  /// @param bitsPerWeight scales and zeros included
  /// @param bytesBefore of the weight
  /// @param bytes of codes, scales and zeros
  /// @param error what was lost
  public record Row(
      String path,
      BitWidth bits,
      double bitsPerWeight,
      long bytesBefore,
      long bytes,
      Reconstruction error) {}

  public LowBitReport {
    rows = List.copyOf(rows);
    left = Collections.unmodifiableMap(new LinkedHashMap<>(left));
  }

  /// Bytes of all weights before.
  public long bytesBefore() {
    return rows.stream().mapToLong(Row::bytesBefore).sum();
  }

  /// Bytes of all codes, scales and zeros.
  public long bytes() {
    return rows.stream().mapToLong(Row::bytes).sum();
  }

  /// The layer that lost most, relative to its weight.
  public Row worst() {
    return rows.stream()
        .max((a, b) -> Double.compare(a.error().relative(), b.error().relative()))
        .orElseThrow(() -> new IllegalStateException("nothing was quantized"));
  }
}
