package dev.microtome.quant.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.kernel.Vectors;

/// Whether loops over vectors can be used. Names no vector itself, so that it can be asked where
/// there are none.
public final class Loops {
  private Loops() {}

  /// Whether vectors are to be had.
  public static boolean areUsable() {
    return Vectors.areUsable();
  }

  /// Whether a tensor's numbers are float32 in one piece, and vectors are to be had.
  public static boolean suit(Tensor tensor) {
    return areUsable()
        && tensor instanceof DenseTensor dense
        && dense.dtype() == DType.FLOAT32
        && dense.device().equals(Device.CPU)
        && dense.isContiguous();
  }

  /// Whether [Largest] finds the `m`-th largest number of a tensor.
  public static boolean suit(Tensor tensor, long m) {
    return m >= 1 && m <= Math.min(Largest.MOST, tensor.numel()) && suit(tensor);
  }
}
