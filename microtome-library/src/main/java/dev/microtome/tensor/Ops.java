package dev.microtome.tensor;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The one door: every operation passes here, and the strongest tensor among its arguments answers.
///
/// `Ops.call("aten::erf", x)` reaches any operation libtorch knows, by name, with its arguments in
/// the schema's order (trailing defaults may be left out, `null` is Python's `None`). This is
/// PyTorch's `__torch_function__` rule; deferred, shape-only and quantized tensors all live by it.
public final class Ops {
  private Ops() {}

  /// Runs one operation and returns its result: a tensor, a list of results, a number, a boolean, a
  /// string, or null for an operation that returns nothing.
  public static @Nullable Object call(String name, @Nullable Object... args) {
    List<@Nullable Object> list = Arrays.<@Nullable Object>asList(args);
    return call(new OpCall(name, Collections.<@Nullable Object>unmodifiableList(list)));
  }

  /// Runs `call`.
  public static @Nullable Object call(OpCall call) {
    Tensor strongest = strongest(call.args(), null);
    return strongest == null ? LibTorch.run(call) : strongest.dispatch(call);
  }

  /// Runs an operation that returns one tensor.
  public static Tensor tensor(String name, @Nullable Object... args) {
    if (call(name, args) instanceof Tensor tensor) {
      return tensor;
    }
    throw new IllegalArgumentException(name + " does not return one tensor; use Ops.call");
  }

  /// Runs an operation that returns several tensors.
  @SuppressWarnings("unchecked")
  public static List<Tensor> list(String name, @Nullable Object... args) {
    if (call(name, args) instanceof List<?> list) {
      return (List<Tensor>) list;
    }
    throw new IllegalArgumentException(name + " does not return several tensors; use Ops.call");
  }

  /// Every overload libtorch has of `name`, as schema text; empty when there is no such operation.
  public static List<String> schemas(String name) {
    return LibTorch.overloads(name).stream().map(o -> o.schema().toString()).toList();
  }

  /// How many results `call` has; -1 when it returns a list whose length depends on the arguments.
  public static int resultCount(OpCall call) {
    if (CustomOps.owns(call)) {
      return 1;
    }
    return switch (call.name()) {
      case "getitem" -> 1;
      case "setitem", "backward" -> 0;
      default -> LibTorch.resolve(call).schema().results();
    };
  }

  private static @Nullable Tensor strongest(List<?> args, @Nullable Tensor best) {
    for (int i = 0; i < args.size(); i++) {
      Object arg = args.get(i);
      if (arg instanceof Tensor tensor) {
        best = best == null || tensor.strength() > best.strength() ? tensor : best;
      } else if (arg instanceof List<?> list) {
        best = strongest(list, best);
      } else if (arg instanceof Index.By(Tensor index)) {
        best = best == null || index.strength() > best.strength() ? index : best;
      }
    }
    return best;
  }
}
