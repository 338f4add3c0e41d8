package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import java.util.List;
import java.util.Locale;

/// A quantized network with what became of each of its layers that has weights.
public record Quantized<L extends Layer<?, ?>>(L network, List<Outcome> outcomes) {
  public Quantized {
    outcomes = List.copyOf(outcomes);
  }

  /// The layers that were left as they were, with the reasons.
  public List<Outcome> leftFloat() {
    return outcomes.stream().filter(outcome -> !outcome.quantized()).toList();
  }

  /// Bytes of all weights before.
  public long bytesBefore() {
    return outcomes.stream().mapToLong(Outcome::bytes).sum();
  }

  /// Bytes of all weights as they are stored now.
  public long bytesAfter() {
    return outcomes.stream().mapToLong(Outcome::bytesAfter).sum();
  }

  /// One line a layer.
  public String report() {
    int width = outcomes.stream().mapToInt(one -> one.path().length()).reduce(1, Math::max);
    var text = new StringBuilder();
    for (var outcome : outcomes) {
      text.append(
          "%s%s  %-12s %s %s, %s -> %s%n"
              .formatted(
                  outcome.path(),
                  " ".repeat(width - outcome.path().length()),
                  outcome.kind(),
                  outcome.quantized() ? "quantized:" : "left as it is:",
                  outcome.reason(),
                  size(outcome.bytes()),
                  size(outcome.bytesAfter())));
    }
    return text.toString();
  }

  private static String size(long bytes) {
    return bytes < 1e6
        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
        : String.format(Locale.ROOT, "%.2f MB", bytes / 1e6);
  }
}
