package dev.microtome.dynamic.calibrated;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// What a quantized layer hands to the next: whole numbers on a grid that look like float32 to
/// whoever asks. Operations that keep the grid run on the whole numbers, every other one sees the
/// numbers they stand for, so any network may stand between two quantized layers.
///
/// @param whole a quantized tensor of libtorch's
record GridTensor(DenseTensor whole) implements Tensor {
  private static final int STRENGTH = 8;

  static GridTensor of(Tensor whole) {
    return new GridTensor((DenseTensor) whole);
  }

  /// The numbers the whole ones stand for.
  Tensor dequantized() {
    return Ops.tensor("aten::dequantize", whole);
  }

  @Override
  public int strength() {
    return STRENGTH;
  }

  @Override
  public @Nullable Object dispatch(OpCall call) {
    return GridOperations.answer(call);
  }

  @Override
  public Shape shape() {
    return whole.shape();
  }

  @Override
  public DType dtype() {
    return DType.FLOAT32;
  }

  @Override
  public Device device() {
    return whole.device();
  }

  @Override
  public DenseTensor dense() {
    return (DenseTensor) dequantized();
  }

  @Override
  public Tensor save() {
    whole.save();
    return this;
  }

  @Override
  public void close() {
    whole.close();
  }

  @Override
  public String toString() {
    return dequantized().toString();
  }
}
