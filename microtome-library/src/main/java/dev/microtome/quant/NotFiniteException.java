package dev.microtome.quant;

/// A tensor to be put on a grid has numbers that are NaN or infinite. Whoever knows the layer says
/// so.
final class NotFiniteException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotFiniteException() {
    super("numbers that are NaN or infinite can't be put on a grid", null, false, false);
  }
}
