package dev.microtome.server.work;

/// What owns a model and runs jobs on it, here or on another machine.
public interface Worker {
  /// A name that tells workers of one queue apart: `gpt2-facts-1`.
  String name();

  /// The model it serves.
  HostedModel model();

  /// How it is now.
  Condition condition();
}
