package dev.microtome.tensor;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Walks and rebuilds the tensors inside a value: a record's components, a list's elements and a
/// map's values are its tree, so hooks, scopes, device moves and traces treat every value alike.
public final class Values {
  private Values() {}

  /// Calls `action` with each tensor in `value`, in order.
  public static void forEach(@Nullable Object value, Consumer<Tensor> action) {
    switch (value) {
      case null -> {}
      case Tensor tensor -> action.accept(tensor); // before records: a tensor may be one
      case List<?> list -> list.forEach(element -> forEach(element, action));
      case Map<?, ?> map -> map.values().forEach(element -> forEach(element, action));
      case Object[] array -> {
        for (Object element : array) {
          forEach(element, action);
        }
      }
      case Record record -> {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          forEach(read(record, component), action);
        }
      }
      default -> {}
    }
  }

  /// The tensors in `value`, in order.
  public static List<Tensor> tensors(@Nullable Object value) {
    var found = new ArrayList<Tensor>();
    forEach(value, found::add);
    return found;
  }

  /// What makes two values alike to a run without numbers: dtypes, shapes, and every leaf that is
  /// no tensor.
  public static List<Object> signature(@Nullable Object value) {
    var leaves = new ArrayList<Object>();
    sign(value, leaves);
    return leaves;
  }

  private static void sign(@Nullable Object value, List<Object> leaves) {
    switch (value) {
      case null -> leaves.add("null");
      case Tensor tensor -> {
        leaves.add(tensor.dtype());
        leaves.add(tensor.shape());
      }
      case List<?> list -> {
        leaves.add(list.size());
        list.forEach(element -> sign(element, leaves));
      }
      case Map<?, ?> map -> {
        leaves.add(map.keySet());
        map.values().forEach(element -> sign(element, leaves));
      }
      case Record record -> {
        leaves.add(record.getClass());
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          sign(read(record, component), leaves);
        }
      }
      default -> leaves.add(value);
    }
  }

  /// A value of the same form with each tensor replaced; the same object when none changed.
  @SuppressWarnings({"unchecked", "NullAway"}) // null only where T allows it
  public static <T extends @Nullable Object> T map(T value, Function<Tensor, Tensor> change) {
    return (T) rebuilt(value, change);
  }

  private static @Nullable Object rebuilt(@Nullable Object value, Function<Tensor, Tensor> change) {
    return switch (value) {
      case null -> null;
      case Tensor tensor -> change.apply(tensor);
      case List<?> list -> rebuiltList(list, change);
      case Map<?, ?> map -> rebuiltMap(map, change);
      case Object[] array -> rebuiltArray(array, change);
      case Record record -> rebuiltRecord(record, change);
      default -> value;
    };
  }

  @SuppressWarnings("ReferenceEquality") // "the same object", not "equal"
  private static List<?> rebuiltList(List<?> list, Function<Tensor, Tensor> change) {
    var elements = new ArrayList<@Nullable Object>(list.size());
    boolean changed = false;
    for (Object element : list) {
      Object next = rebuilt(element, change);
      changed |= next != element;
      elements.add(next);
    }
    return changed ? elements : list;
  }

  private static Map<?, ?> rebuiltMap(Map<?, ?> map, Function<Tensor, Tensor> change) {
    var entries = new LinkedHashMap<@Nullable Object, @Nullable Object>();
    map.forEach((key, element) -> entries.put(key, rebuilt(element, change)));
    return entries;
  }

  private static @Nullable Object[] rebuiltArray(
      @Nullable Object[] array, Function<Tensor, Tensor> change) {
    @Nullable Object[] elements = array.clone();
    for (int i = 0; i < elements.length; i++) {
      elements[i] = rebuilt(elements[i], change);
    }
    return elements;
  }

  @SuppressWarnings("ReferenceEquality")
  private static Record rebuiltRecord(Record record, Function<Tensor, Tensor> change) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    var values = new @Nullable Object[components.length];
    var types = new Class<?>[components.length];
    boolean changed = false;
    for (int i = 0; i < components.length; i++) {
      Object old = read(record, components[i]);
      values[i] = rebuilt(old, change);
      types[i] = components[i].getType();
      changed |= values[i] != old;
    }
    return changed ? construct(record, types, values) : record;
  }

  private static @Nullable Object read(Record record, RecordComponent component) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw unreadable(record, e);
    }
  }

  private static Record construct(Record record, Class<?>[] types, @Nullable Object[] values) {
    try {
      var constructor = record.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw unreadable(record, e);
    }
  }

  private static IllegalArgumentException unreadable(Record record, Exception cause) {
    return new IllegalArgumentException(
        "record %s can't be walked: %s".formatted(record.getClass().getName(), cause.getMessage()),
        cause);
  }
}
