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

  /// Calls `action` with each tensor among the arguments.
  static void forEachTensor(@Nullable Object arg, Consumer<Tensor> action) {
    switch (arg) {
      case Tensor tensor -> action.accept(tensor);
      case Index.By(Tensor positions) -> action.accept(positions);
      case List<?> list -> list.forEach(element -> forEachTensor(element, action));
      case null, default -> {}
    }
  }

  /// A call's arguments with each tensor replaced by what `change` makes of it.
  static List<@Nullable Object> ofCall(List<?> args, Function<Tensor, Object> change) {
    var changed = new ArrayList<@Nullable Object>(args.size());
    for (Object arg : args) {
      changed.add(tensors(arg, change));
    }
    return changed;
  }

  /// An argument with each tensor replaced by what `change` makes of it.
  private static @Nullable Object tensors(@Nullable Object arg, Function<Tensor, Object> change) {
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
      case List<?> list -> ofCall(list, change);
      default -> arg;
    };
  }

  /// A call's arguments with each reference `shift` nodes further on.
  static List<@Nullable Object> moved(List<?> args, int shift) {
    var moved = new ArrayList<@Nullable Object>(args.size());
    for (Object arg : args) {
      moved.add(
          switch (arg) {
            case Step.Ref ref -> new Step.Ref(ref.id() + shift);
            case ByRef(Step.Ref ref) -> new ByRef(new Step.Ref(ref.id() + shift));
            case List<?> list -> moved(list, shift);
            case null, default -> arg;
          });
    }
    return moved;
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
