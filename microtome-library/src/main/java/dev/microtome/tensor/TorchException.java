package dev.microtome.tensor;

import org.jspecify.annotations.Nullable;

/// libtorch refused an operation. One line says why, which operation with which dtypes and shapes,
/// and where the caller's own code asked for it: `mat1 and mat2 shapes cannot be multiplied (1x10
/// and 1x2) [aten::matmul(float32[1, 10], float32[1, 2])] at Walkthrough.java:31`.
public final class TorchException extends RuntimeException {
  private final String reason;
  private final OpCall call;
  private final @Nullable String line;
  private @Nullable String layer;

  TorchException(OpCall call, RuntimeException cause) {
    this(firstLine(cause), call, UserCode.line(), cause);
  }

  private TorchException(
      String reason, OpCall call, @Nullable String line, @Nullable Throwable cause) {
    super(reason, cause);
    this.reason = reason;
    this.call = call;
    this.line = line;
  }

  /// The same refusal, told with the line that recorded the operation instead of the one that ran
  /// it.
  public TorchException askedForAt(String line) {
    return new TorchException(reason, call, line, this).insideLayer(layer);
  }

  /// Notes which layer the operation belonged to; the first note stays, so the innermost layer
  /// should speak first.
  public TorchException insideLayer(@Nullable String path) {
    if (layer == null) {
      layer = path;
    }
    return this;
  }

  @Override
  public String getMessage() {
    return reason
        + "  ["
        + call
        + "]"
        + (layer == null ? "" : " in layer " + layer)
        + (line == null ? "" : " at " + line);
  }

  /// libtorch's own first line, without the call.
  public String reason() {
    return reason;
  }

  /// Whether there is no kernel for this kind of tensor, rather than something wrong with the call.
  public boolean isNotImplemented() {
    return reason.startsWith("Could not run")
        || reason.startsWith("Cannot copy out of meta")
        || reason.contains("not implemented for")
        || reason.contains("no fake impl or Meta kernel");
  }

  /// The refused operation.
  public OpCall call() {
    return call;
  }

  private static String firstLine(RuntimeException cause) {
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.lines().findFirst().orElse("libtorch gave no reason").strip();
  }
}
