package dev.microtome.models.remote;

import dev.microtome.tensor.TorchException;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.OutOfOrderException;
import dev.microtome.trace.RunException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How a run failed, as words that can travel: from them the client throws what would have been
/// thrown there.
///
/// @param kind what kind of exception it is: `torch`, `out_of_order`, `argument`, `state`, or why a
///   value is missing, such as `never_reached`
/// @param trace which trace of the job, from 0, or -1
/// @param node which node of its graph, or -1
/// @param path the layer it happened in, or null
public record RunFailure(String kind, String message, int trace, int node, @Nullable String path) {
  private static final String TORCH = "torch";
  private static final String OUT_OF_ORDER = "out_of_order";
  private static final String ARGUMENT = "argument";
  private static final String STATE = "state";
  private static final String CALL = "  [";

  /// What `failed` says, without its stack.
  public static RunFailure of(RunException failed) {
    return of(failed.reason(), failed.trace(), failed.node());
  }

  private static RunFailure of(RuntimeException reason, int trace, int node) {
    return switch (reason) {
      case TorchException torch ->
          new RunFailure(
              TORCH, torch.reason() + CALL + torch.shownCall() + "]", trace, node, torch.layer());
      case MissingValueException missing ->
          new RunFailure(
              missing.reason().name().toLowerCase(Locale.ROOT), missing.what(), trace, node, null);
      case OutOfOrderException late -> new RunFailure(OUT_OF_ORDER, late.what(), trace, node, null);
      case IllegalArgumentException bad ->
          new RunFailure(ARGUMENT, message(bad), trace, node, null);
      default -> new RunFailure(STATE, message(reason), trace, node, null);
    };
  }

  private static String message(RuntimeException reason) {
    String message = reason.getMessage();
    return message == null ? reason.getClass().getSimpleName() : message;
  }

  /// The same as an exception, its line still unknown.
  public RunException exception() {
    return new RunException(trace, node, reason());
  }

  private RuntimeException reason() {
    return switch (kind) {
      case TORCH -> torch();
      case OUT_OF_ORDER -> new OutOfOrderException(message, null);
      case ARGUMENT -> new IllegalArgumentException(message);
      case STATE -> new IllegalStateException(message);
      default -> {
        for (MissingValueException.Reason why : MissingValueException.Reason.values()) {
          if (why.name().toLowerCase(Locale.ROOT).equals(kind)) {
            yield new MissingValueException(why, message, null);
          }
        }
        yield new IllegalStateException(message);
      }
    };
  }

  private TorchException torch() {
    int call = message.indexOf(CALL);
    return call < 0
        ? TorchException.told(message, "", path)
        : TorchException.told(
            message.substring(0, call),
            message.substring(call + CALL.length(), message.length() - 1),
            path);
  }
}
