package dev.microtome.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// libtorch refused an operation. One line says why, which operation with which dtypes and shapes,
/// and where the caller's own code asked for it: `mat1 and mat2 shapes cannot be multiplied (1x10
/// and 1x2) [aten::matmul(float32[1, 10], float32[1, 2])] at Walkthrough.java:31`.
public final class TorchException extends RuntimeException implements AskedFor {
  private final String reason;
  private final OpCall call;
  private final String shown;
  private final @Nullable String line;
  private @Nullable String layer;

  TorchException(OpCall call, RuntimeException cause) {
    this(firstLine(cause), call, call.toString(), UserCode.line(), cause);
  }

  private TorchException(
      String reason, OpCall call, String shown, @Nullable String line, @Nullable Throwable cause) {
    super(reason, cause);
    this.reason = reason;
    this.call = call;
    this.shown = shown;
    this.line = line;
  }

  /// A refusal that happened elsewhere, asked for by the caller's line.
  ///
  /// @param call the operation with its arguments, as [#shownCall] gives it
  /// @param layer the layer it belonged to, or null
  public static TorchException told(String reason, String call, @Nullable String layer) {
    int end = call.indexOf('(');
    var name = new OpCall(end < 0 ? call : call.substring(0, end), List.of());
    return new TorchException(reason, name, call, UserCode.line(), null).insideLayer(layer);
  }

  /// The same refusal, told with the line that recorded the operation instead of the one that ran
  /// it.
  @Override
  public TorchException askedForAt(String line) {
    return new TorchException(reason, call, shown, line, this).insideLayer(layer);
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
        + shown
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

  /// The refused operation with its arguments, for people.
  public String shownCall() {
    return shown;
  }

  /// The layer the operation belonged to, or null.
  public @Nullable String layer() {
    return layer;
  }

  /// The refused operation; one told from elsewhere has no arguments.
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
