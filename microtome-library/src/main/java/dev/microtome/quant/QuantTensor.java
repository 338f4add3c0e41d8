package dev.microtome.quant;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A tensor whose numbers lie on a grid, and the grid: each is `(q − zeroPoint) · scale` with a
/// whole number `q`. It goes through operations like any tensor; those that keep it on a grid
/// (reshaping, pooling, adding, convolutions with a quantized weight) give a QuantTensor, the
/// others a plain one.
///
/// @param value the numbers themselves
/// @param scale the distance of neighbours on the grid, one or one per channel
/// @param zeroPoint the `q` that stands for 0
/// @param bitWidth bits of `q`
/// @param signed whether `q` may be below 0
/// @param training whether it was made in training mode
/// @param origin what put it on the grid; null when unknown. Two that come from one quantizer have
///   one scale in evaluation, however different they are while statistics are collected
public record QuantTensor(
    Tensor value,
    Tensor scale,
    Tensor zeroPoint,
    Tensor bitWidth,
    boolean signed,
    boolean training,
    @Nullable Object origin)
    implements Tensor {
  /// So far from a whole number an integer may be.
  private static final double TOLERANCE = 0.2;

  private static final double HALF_PRECISION_TOLERANCE = 0.5;

  public QuantTensor {
    if (value instanceof QuantTensor) {
      throw new IllegalArgumentException("a QuantTensor's value is a plain tensor");
    }
  }

  public QuantTensor(
      Tensor value,
      Tensor scale,
      Tensor zeroPoint,
      Tensor bitWidth,
      boolean signed,
      boolean training) {
    this(value, scale, zeroPoint, bitWidth, signed, training, null);
  }

  /// The numbers of `tensor`, without a grid if it has one.
  public static Tensor valueOf(Tensor tensor) {
    return tensor instanceof QuantTensor quantized ? quantized.value : tensor;
  }

  /// `tensor` as a QuantTensor.
  ///
  /// @throws IllegalArgumentException when it is on no grid
  public static QuantTensor of(Tensor tensor) {
    if (tensor instanceof QuantTensor quantized) {
      return quantized;
    }
    throw new IllegalArgumentException(
        "a QuantTensor is needed, this %s%s is a plain tensor: quantize it first, with a"
                .formatted(tensor.dtype(), tensor.shape())
            + " QuantIdentity for example, and let the layer before return QuantTensors");
  }

  /// Other numbers on the same grid.
  public QuantTensor with(Tensor next) {
    return new QuantTensor(next, scale, zeroPoint, bitWidth, signed, training, origin);
  }

  QuantTensor from(Object source) {
    return new QuantTensor(value, scale, zeroPoint, bitWidth, signed, training, source);
  }

  // ---- the integers ----

  /// Whether the value lies on the grid, its integers within those of the bit width.
  public boolean isValid() {
    Tensor exact = value.detach().div(scale.detach()).add(zeroPoint.detach());
    Tensor whole = exact.round();
    double tolerance = value.dtype().bytes() < 4 ? HALF_PRECISION_TOLERANCE : TOLERANCE;
    if (!exact.sub(whole).abs().lt(tolerance).all().toBooleans()[0]) {
      return false;
    }
    return bitWidth.detach().item() < 2 ? areTwo(whole) : areWithin(whole);
  }

  private boolean areTwo(Tensor whole) {
    return whole.unique().numel() == 2 && whole.lt(0).any().toBooleans()[0] == signed;
  }

  private boolean areWithin(Tensor whole) {
    IntRange range = new IntRange((int) bitWidth.detach().item(), signed, false);
    return whole.ge(range.min()).logicalAnd(whole.le(range.max())).all().toBooleans()[0];
  }

  /// The integers `q`: int8 or uint8 up to 8 bits, int32 above.
  ///
  /// @throws IllegalStateException when [#isValid] is false
  public Tensor integers() {
    DType dtype = bitWidth.detach().item() > 8 ? DType.INT32 : signed ? DType.INT8 : DType.UINT8;
    return dev.microtome.tensor.Grad.off(() -> realIntegers().detach().to(dtype));
  }

  /// The integers `q` as real numbers; the gradient passes the rounding unchanged.
  ///
  /// @throws IllegalStateException when [#isValid] is false
  public Tensor realIntegers() {
    if (!isValid()) {
      throw new IllegalStateException(
          "QuantTensor not valid.\nIts value is not on the grid of scale %s with %s%s bits: an"
                  .formatted(
                      scale.detach(), signed ? "signed " : "unsigned ", bitWidth.detach().item())
              + " operation took it off, or sums of different scales were taken while training");
    }
    return StraightThrough.round(value.div(scale).add(zeroPoint));
  }

  // ---- a tensor ----

  @Override
  public int strength() {
    return 10;
  }

  @Override
  public @Nullable Object dispatch(OpCall call) {
    return QuantOperations.answer(call);
  }

  @Override
  public Shape shape() {
    return value.shape();
  }

  @Override
  public DType dtype() {
    return value.dtype();
  }

  @Override
  public Device device() {
    return value.device();
  }

  @Override
  public DenseTensor dense() {
    return value.dense();
  }

  @Override
  public Tensor save() {
    value.save();
    scale.save();
    zeroPoint.save();
    bitWidth.save();
    return this;
  }

  @Override
  public void close() {
    value.close(); // the grid may belong to a layer
  }

  @Override
  public String toString() {
    return "IntQuantTensor(value=%s, scale=%s, zero_point=%s, bit_width=%s, signed_t=%s, training_t=%s)"
        .formatted(
            value,
            scale,
            zeroPoint,
            bitWidth,
            Tensor.of(signed).reshape(),
            Tensor.of(training).reshape());
  }
}
