package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;

/// How a quantized tensor's numbers are spread.
final class QuantizedGrid {
  private static final long PER_TENSOR_AFFINE = 0;

  private QuantizedGrid() {}

  static boolean isPerTensor(DenseTensor tensor) {
    return Long.valueOf(PER_TENSOR_AFFINE).equals(Ops.call("aten::qscheme", tensor));
  }
}
