package dev.microtome.dynamic.observe;

import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A range that moves towards that of each tensor by a share of the distance: PyTorch's
/// `MovingAverageMinMaxObserver` and `MovingAveragePerChannelMinMaxObserver`. Later tensors count
/// more, a single odd one does little.
public final class MovingAverageObserver extends Observer {
  /// PyTorch's share.
  public static final double SHARE = 0.01;

  private final double share;
  private @Nullable Range range;

  /// One grid for everything.
  public MovingAverageObserver(GridType type) {
    this(type, SHARE, -1);
  }

  /// @param share of the distance that is gone with each tensor
  /// @param axis the dimension of channels, -1 for one grid for everything
  public MovingAverageObserver(GridType type, double share, int axis) {
    super(type, axis);
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("a share lies above 0 and is at most 1, got " + share);
    }
    this.share = share;
  }

  @Override
  protected void see(Tensor x) {
    Range one = rangeOf(x, range);
    range = (range == null ? one : range.towards(one, share)).save();
  }

  @Override
  protected Range range() {
    return java.util.Objects.requireNonNull(range);
  }
}
