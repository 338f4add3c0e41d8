package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What is kept of a value: cut, reduced, converted and detached, in this order.
///
/// ```java
/// t.save(hidden, Keep.detached().at(":", -1).as(DType.FLOAT16));
/// ```
///
/// A cut or reduced value has memory of its own, so that the whole can be freed.
///
/// @param detach whether gradients end here; a value that keeps them keeps alive all it was
///   computed from
/// @param subscript which part, as [Tensor#get] takes it, empty for all
/// @param reduction what the `dims` become, or null
/// @param dtype what it is converted to, or null
public record Keep(
    boolean detach,
    List<Index> subscript,
    @Nullable Reduction reduction,
    List<Long> dims,
    @Nullable DType dtype) {

  /// What several numbers become.
  public enum Reduction {
    MEAN,
    SUM,
    MAX,
    NORM;

    Tensor of(Tensor value, long[] dims) {
      return switch (this) {
        case MEAN -> value.mean(dims);
        case SUM -> value.sum(dims);
        case MAX -> value.amax(dims);
        case NORM -> value.norm(2, dims, false);
      };
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Keep {
    subscript = List.copyOf(subscript);
    dims = List.copyOf(dims);
  }

  /// Everything, gradients too.
  public static Keep all() {
    return new Keep(false, List.of(), null, List.of(), null);
  }

  /// The numbers without gradients.
  public static Keep detached() {
    return new Keep(true, List.of(), null, List.of(), null);
  }

  /// One part only: `at(":", -1)` for the last token of each row.
  public Keep at(Object... part) {
    return new Keep(detach, Index.of(part), reduction, dims, dtype);
  }

  /// The average over `along`, dimensions of the part.
  public Keep mean(long... along) {
    return reduced(Reduction.MEAN, along);
  }

  public Keep sum(long... along) {
    return reduced(Reduction.SUM, along);
  }

  public Keep max(long... along) {
    return reduced(Reduction.MAX, along);
  }

  /// The Euclidean length over `along`.
  public Keep norm(long... along) {
    return reduced(Reduction.NORM, along);
  }

  private Keep reduced(Reduction by, long... along) {
    if (along.length == 0) {
      throw new IllegalArgumentException("name the dimensions to reduce, such as -1");
    }
    return new Keep(detach, subscript, by, Arrays.stream(along).boxed().toList(), dtype);
  }

  /// Converted to another dtype.
  public Keep as(DType converted) {
    return new Keep(detach, subscript, reduction, dims, converted);
  }

  /// What is kept of `value`.
  Tensor of(Tensor value) {
    Tensor kept = detach ? value.detach() : value;
    if (!subscript.isEmpty()) {
      kept = kept.get(new ArrayList<Object>(subscript).toArray());
    }
    if (reduction != null) {
      kept = reduction.of(kept, dims.stream().mapToLong(Long::longValue).toArray());
    }
    if (dtype != null) {
      kept = kept.to(dtype);
    }
    return subscript.isEmpty() || reduction != null ? kept : kept.copy();
  }
}
