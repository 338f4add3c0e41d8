package dev.microtome.quant;

import dev.microtome.nn.Layer;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a [QatSpec] says about some layers in particular. Of several rules for one layer the last
/// holds.
public sealed interface QatRule {
  Place place();

  /// The layers stay as they are.
  record Except(Place place) implements QatRule {}

  /// The layers get what another spec says; its own rules do not count.
  record Use(Place place, QatSpec spec) implements QatRule {}

  /// The layers are exchanged for what `make` makes of them, null for none: how layers this library
  /// does not know are quantized.
  record Put(Place place, Function<Layer<?, ?>, @Nullable Layer<?, ?>> make) implements QatRule {}

  /// Which layers: a test, and how to say it.
  record Place(String text, BiPredicate<String, Layer<?, ?>> test) {
    /// The layer of this path and all below it. `*` stands for a name or part of one, `**` for any
    /// number of names.
    static Place path(String path) {
      if (path.isEmpty()) {
        throw new IllegalArgumentException("an empty path names no slot: '**' are all");
      }
      var regex = new StringBuilder();
      for (String part : path.split("(?<=\\*\\*)|(?=\\*\\*)", -1)) {
        if (part.equals("**")) {
          regex.append(".*");
        } else {
          regex.append(Pattern.quote(part).replace("*", "\\E[^.]*\\Q"));
        }
      }
      Pattern pattern = Pattern.compile(regex + "(\\..*)?");
      return new Place("path '" + path + "'", (own, _) -> pattern.matcher(own).matches());
    }

    static Place type(Class<?> type) {
      return new Place("type " + type.getSimpleName(), (_, layer) -> type.isInstance(layer));
    }

    boolean holds(String path, Layer<?, ?> layer) {
      return test.test(path, layer);
    }
  }
}
