package dev.microtome.tensor;

/// An exception that can tell which line of the user's code asked for what failed.
public interface AskedFor {
  /// The same, told with the line that asked.
  RuntimeException askedForAt(String line);
}
