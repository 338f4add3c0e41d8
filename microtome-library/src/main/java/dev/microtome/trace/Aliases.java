package dev.microtome.trace;

import dev.microtome.tensor.Index;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Set;

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

  // A subscript with index tensors copies.
  private static boolean copies(@org.jspecify.annotations.Nullable Object subscript) {
    return subscript instanceof List<?> parts
        && parts.stream()
            .anyMatch(part ->
                part instanceof Index.By(Tensor _) || part instanceof References.ByRef(Step.Ref _));
  }
}
