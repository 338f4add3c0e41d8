package dev.microtome.trace;

import dev.microtome.tensor.Index;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Walks the arguments of a call, which may hold tensors or [Step.Ref]s inside lists and
/// subscripts.
final class References {
  /// A subscript entry whose positions are the value of a node.
  record ByRef(Step.Ref positions) {}

  private References() {}

  static void forEach(@Nullable Object arg, Consumer<Step.Ref> action) {
    switch (arg) {
      case Step.Ref ref -> action.accept(ref);
      case ByRef(Step.Ref ref) -> action.accept(ref);
      case List<?> list -> list.forEach(element -> forEach(element, action));
      case null, default -> {}
    }
  }

  /// The arguments with each tensor replaced by what `change` makes of it.
  static @Nullable Object tensors(@Nullable Object arg, Function<Tensor, Object> change) {
    return switch (arg) {
      case null -> null;
      case Tensor tensor -> change.apply(tensor);
      case Index.By(Tensor positions) -> {
        Object next = change.apply(positions);
        yield switch (next) {
          case Step.Ref ref -> new ByRef(ref);
          case Tensor tensor -> new Index.By(tensor);
          default -> throw new IllegalStateException("not an index: " + next);
        };
      }
      case List<?> list -> {
        var elements = new ArrayList<@Nullable Object>(list.size());
        for (Object element : list) {
          elements.add(tensors(element, change));
        }
        yield elements;
      }
      default -> arg;
    };
  }

  /// The arguments with each reference replaced by a value.
  static @Nullable Object values(
      @Nullable Object arg, Function<Step.Ref, @Nullable Object> valueOf) {
    return switch (arg) {
      case null -> null;
      case Step.Ref ref -> valueOf.apply(ref);
      case ByRef(Step.Ref ref) -> {
        if (valueOf.apply(ref) instanceof Tensor tensor) {
          yield new Index.By(tensor);
        }
        throw new IllegalStateException("%" + ref.id() + " is no tensor to index by");
      }
      case List<?> list -> {
        var elements = new ArrayList<@Nullable Object>(list.size());
        for (Object element : list) {
          elements.add(values(element, valueOf));
        }
        yield elements;
      }
      default -> arg;
    };
  }
}
