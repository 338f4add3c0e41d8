package dev.microtome.quant;

import java.util.Map;

/// What [Quantize] did: by path, which layers were exchanged, and which stayed and why.
public record QatReport(Map<String, String> quantized, Map<String, String> plain) {
  public QatReport {
    quantized = java.util.Collections.unmodifiableMap(quantized);
    plain = java.util.Collections.unmodifiableMap(plain);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    quantized.forEach((path, what) -> text.append("%-32s %s%n".formatted(path, what)));
    plain.forEach((path, why) -> text.append("%-32s stays: %s%n".formatted(path, why)));
    return text.toString();
  }
}
