package dev.microtome.dynamic.observe;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Watches tensors go by and says which grid fits them all: PyTorch's `torch.ao.quantization`
/// observers, value for value.
///
/// ```java
/// var observer = new HistogramObserver(GridType.QUINT8.reduced());
/// batches.forEach(observer::observe);
/// Grid grid = observer.grid();
/// ```
///
/// A new kind implements [#see], which takes in the numbers of one tensor, and [#range], which says
/// what is worth being told apart; the grid follows from that.
public abstract class Observer {
  private final GridType type;
  private final int axis;
  private long seen;

  protected Observer(GridType type, int axis) {
    this.type = type;
    this.axis = axis;
  }

  /// Takes in the numbers of a tensor of float32, which is not empty and has a range.
  protected abstract void see(Tensor x);

  /// The range that is worth a grid; something has been seen.
  protected abstract Range range();

  /// Watches a tensor; an empty one says nothing.
  ///
  /// @throws IllegalArgumentException when it holds NaN or infinity, or does not have the channels
  ///   of those before; then it was not taken in
  public final void observe(Tensor x) {
    Grad.off(() -> {
      Tensor numbers = x.detach().to(DType.FLOAT32);
      if (numbers.numel() == 0) return;
      if (!Range.whole(numbers).isFinite()) {
        throw new IllegalArgumentException(
            "NaN or infinity among %s numbers: no grid holds them".formatted(x.shape()));
      }
      see(numbers);
      seen += numbers.numel();
    });
  }

  /// How many numbers went by.
  public final long seen() {
    return seen;
  }

  /// The grid that fits what was seen.
  ///
  /// @throws IllegalStateException when nothing was
  public final Grid grid() {
    return Grad.off(() -> Grid.of(observed(), type, axis).save());
  }

  /// The range the grid is made for.
  ///
  /// @throws IllegalStateException when nothing was seen
  public final Range observed() {
    if (seen == 0) {
      throw new IllegalStateException("the observer has seen no numbers yet");
    }
    return range();
  }

  /// What the grid is made of.
  public final GridType type() {
    return type;
  }

  /// The dimension of channels, -1 for one grid for everything.
  public final int axis() {
    return axis;
  }

  /// The range of one tensor, channel by channel if this observer tells channels apart.
  ///
  /// @throws IllegalArgumentException when the channels are not as many as `before`'s
  protected final Range rangeOf(Tensor x, @Nullable Range before) {
    if (axis < 0) return Range.whole(x);
    if (x.dim() <= axis || (before != null && before.least().numel() != x.size(axis))) {
      throw new IllegalArgumentException(
          "channels along dimension %d%s are observed, %s has others"
              .formatted(
                  axis,
                  before == null ? "" : ", %d of them,".formatted(before.least().numel()),
                  x.shape()));
    }
    return Range.channels(x, axis);
  }
}
