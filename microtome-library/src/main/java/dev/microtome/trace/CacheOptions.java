package dev.microtome.trace;

import java.util.function.Predicate;

/// What a [Cache] holds: which layers, their inputs or outputs or both, and how much of each.
///
/// ```java
/// t.cache(new CacheOptions().layers(path -> path.endsWith("mlp")).keep(Keep.detached().at(":", -1)));
/// ```
///
/// @param layers which paths; all unless said
/// @param inputs whether inputs are kept; not unless said
/// @param outputs whether outputs are kept; they are unless said
/// @param keep what is kept of each tensor; all of it, detached, unless said
public record CacheOptions(Predicate<String> layers, boolean inputs, boolean outputs, Keep keep) {
  public CacheOptions() {
    this(_ -> true, false, true, Keep.detached());
  }

  public CacheOptions layers(Predicate<String> wanted) {
    return new CacheOptions(wanted, inputs, outputs, keep);
  }

  public CacheOptions inputs(boolean on) {
    return new CacheOptions(layers, on, outputs, keep);
  }

  public CacheOptions outputs(boolean on) {
    return new CacheOptions(layers, inputs, on, keep);
  }

  public CacheOptions keep(Keep part) {
    return new CacheOptions(layers, inputs, outputs, part);
  }
}
