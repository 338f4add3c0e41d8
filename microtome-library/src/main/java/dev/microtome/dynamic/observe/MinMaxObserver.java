package dev.microtome.dynamic.observe;

import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The least and the greatest number of all that were seen: PyTorch's `MinMaxObserver` and
/// `PerChannelMinMaxObserver`.
public final class MinMaxObserver extends Observer {
  private @Nullable Range range;

  /// One grid for everything.
  public MinMaxObserver(GridType type) {
    this(type, -1);
  }

  /// A grid for each channel along `axis`.
  public MinMaxObserver(GridType type, int axis) {
    super(type, axis);
  }

  @Override
  protected void see(Tensor x) {
    Range one = rangeOf(x, range);
    range = (range == null ? one : range.or(one)).save();
  }

  @Override
  protected Range range() {
    return java.util.Objects.requireNonNull(range);
  }
}
