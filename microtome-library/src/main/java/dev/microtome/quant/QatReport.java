package dev.microtome.quant;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What [Quantize] did: by path, which layers were exchanged for what, and which stayed and why.
public record QatReport(Map<String, String> quantized, Map<String, String> plain) {
  public QatReport {
    quantized = Collections.unmodifiableMap(new LinkedHashMap<>(quantized));
    plain = Collections.unmodifiableMap(new LinkedHashMap<>(plain));
  }

  @Override
  public String toString() {
    int width = 4;
    for (Map<String, String> part : java.util.List.of(quantized, plain)) {
      width = Math.max(width, part.keySet().stream().mapToInt(String::length).max().orElse(0));
    }
    String form = "%-" + width + "s  %s%n";
    var text = new StringBuilder();
    quantized.forEach((path, what) -> text.append(form.formatted(path, what)));
    plain.forEach((path, why) -> text.append(form.formatted(path, "stays: " + why)));
    return text.toString();
  }
}
