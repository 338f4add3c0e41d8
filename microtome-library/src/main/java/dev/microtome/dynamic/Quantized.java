package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import java.util.List;

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
    var text = new StringBuilder();
    for (var outcome : outcomes) {
      text.append(
          "%-24s %-12s %s %s, %.2f -> %.2f MB%n"
              .formatted(
                  outcome.path(),
                  outcome.kind(),
                  outcome.quantized() ? "quantized:" : "left as it is:",
                  outcome.reason(),
                  outcome.bytes() / 1e6,
                  outcome.bytesAfter() / 1e6));
    }
    return text.toString();
  }
}
