package dev.microtome.dynamic.calibrated;

/// Data that no grid can be found with; tells where in the network.
public final class CalibrationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String path;

  CalibrationException(String path, String why) {
    super(path.isEmpty() ? why : "layer '%s': %s".formatted(path, why));
    this.path = path;
  }

  CalibrationException(String path, String why, RuntimeException cause) {
    this(path, why);
    initCause(cause);
  }

  /// The layer it is about; empty when it is about the data.
  public String path() {
    return path;
  }
}
