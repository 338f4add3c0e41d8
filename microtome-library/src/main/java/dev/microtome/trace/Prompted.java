package dev.microtome.trace;

import org.jspecify.annotations.Nullable;

/// An input of a network together with what is known of its tokens.
public record Prompted<I>(I input, @Nullable TokenPlaces places) {
  public Prompted(I input) {
    this(input, null);
  }
}
