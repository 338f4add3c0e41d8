package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// Average pooling of a [QuantTensor] that brings the sum back to few bits by cutting off the
/// lowest ones: `q = clamp(round(sum / 2^(b − bits)))`, the scale growing by as much.
public abstract sealed class TruncPool extends QuantLayer<Tensor>
    permits TruncAvgPool2d, TruncAdaptiveAvgPool2d {
  /// Bits to come back to, by default.
  public static final int BITS = 8;

  private final int bits;
  private final Rounding rounding;

  TruncPool(int bits, Rounding rounding) {
    super(true);
    this.bits = new BitWidth.Fixed(bits).bits();
    this.rounding = rounding;
  }

  /// The average, on its finer grid.
  abstract Tensor pooled(Tensor x);

  @Override
  protected final Tensor forward(Tensor x) {
    if (!(x instanceof QuantTensor)) {
      throw new IllegalArgumentException(
          MISCONFIGURED
              + ", check if warnings were raised\n%s cuts bits off integers, and got a plain tensor:"
                  .formatted(where())
              + " let the layer before return QuantTensors");
    }
    QuantTensor cut = truncated(QuantTensor.of(pooled(x)));
    return returnsQuantTensor() ? cut : cut.value();
  }

  private QuantTensor truncated(QuantTensor y) {
    Tensor by = y.bitWidth().sub(bits).exp2();
    Tensor whole = StraightThrough.round(y.value().div(y.scale()).add(y.zeroPoint()));
    Tensor kept = StraightThrough.round(whole.div(by), rounding);
    var range = new IntRange(bits, y.signed(), false);
    Tensor min = Tensor.scalar((float) range.min());
    Tensor clamped = StraightThrough.bounded(kept, min, Tensor.scalar((float) range.max()));
    Tensor scale = y.scale().mul(by);
    Tensor zeroPoint = y.zeroPoint().div(by);
    return new QuantTensor(
        clamped.sub(zeroPoint).mul(scale),
        scale,
        zeroPoint,
        Tensor.scalar((float) bits),
        y.signed(),
        y.training(),
        y.origin());
  }

  /// The average before bits are cut off, on a grid as fine as the sum's.
  ///
  /// @throws IllegalArgumentException when x is on no grid
  public final QuantTensor average(Tensor x) {
    return QuantTensor.of(pooled(QuantTensor.of(x)));
  }

  public final int bits() {
    return bits;
  }

  public final Rounding rounding() {
    return rounding;
  }
}
