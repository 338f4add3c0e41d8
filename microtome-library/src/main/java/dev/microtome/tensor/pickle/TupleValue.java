package dev.microtome.tensor.pickle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Python tuple in a checkpoint; a `List` is a Python list.
public record TupleValue(List<@Nullable Object> items) {
  public TupleValue {
    items = Collections.unmodifiableList(new ArrayList<>(items));
  }

  public static TupleValue of(@Nullable Object... items) {
    return new TupleValue(Arrays.asList(items));
  }
}
