package dev.microtome.bench.golden;

import dev.microtome.nn.Layer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Replays what must fail. The message is the contract: ours begins with it and goes on to say what
/// to do.
final class BrevitasErrors {
  private BrevitasErrors() {}

  static void layer(JsonNode one, Differences found) {
    expect(
        one.path("error"),
        () -> {
          Layer<?, ?> layer = BrevitasLayers.build(one);
          return one.has("input")
              ? BrevitasSteps.apply(layer, List.of(BrevitasJson.any(one.path("input"))), null)
              : null;
        },
        found);
  }

  interface Action {
    @Nullable Object run();
  }

  static void expect(JsonNode error, Action action, Differences found) {
    String wanted = error.path("message").asString("");
    try {
      action.run();
    } catch (IllegalArgumentException | IllegalStateException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.contains(wanted)) {
        found.add("failed with '" + message + "', recorded is '" + wanted + "'");
      }
      return;
    }
    found.add("did not fail, recorded is '" + wanted + "'");
  }
}
