package dev.microtome.trace;

import dev.microtome.tensor.Index;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which operations return their first argument's own memory, so that writing to the result writes
/// to the activation.
final class Aliases {
  private static final Set<String> VIEWS =
      Set.of(
          "aten::view",
          "aten::reshape",
          "aten::select",
          "aten::slice",
          "aten::narrow",
          "aten::transpose",
          "aten::permute",
          "aten::movedim",
          "aten::squeeze",
          "aten::unsqueeze",
          "aten::expand",
          "aten::expand_as",
          "aten::flatten",
          "aten::unflatten",
          "aten::t",
          "aten::detach",
          "aten::diagonal",
          "aten::split",
          "aten::split_with_sizes",
          "aten::chunk",
          "aten::unbind",
          "aten::unfold");

  private Aliases() {}

  static boolean sharesFirstArgument(Step.Call call) {
    if (call.args().isEmpty()) {
      return false;
    }
    return VIEWS.contains(call.op())
        || call.writes()
        || (call.op().equals("getitem") && !copies(call.args().get(1)));
  }

  /// Whether an operation that shares its first argument's memory where it can did not: a `reshape`
  /// or `flatten` of what lies scattered.
  static boolean isCopied(OpCall call, @Nullable Object result) {
    if (!(result instanceof Tensor shaped)
        || !(call.name().equals("aten::reshape") || call.name().equals("aten::flatten"))) {
      return false;
    }
    try {
      Ops.call("aten::view", call.arg(0), shaped.shape().dims());
      return false;
    } catch (TorchException scattered) {
      return true;
    }
  }

  // A subscript with index tensors copies.
  private static boolean copies(@Nullable Object subscript) {
    return subscript instanceof List<?> parts
        && parts.stream()
            .anyMatch(part ->
                part instanceof Index.By(Tensor _) || part instanceof References.ByRef(Step.Ref _));
  }
}
