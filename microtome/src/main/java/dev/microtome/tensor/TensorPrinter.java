package dev.microtome.tensor;

import java.util.Arrays;

/// Prints a tensor as PyTorch prints it.
final class TensorPrinter {
  private TensorPrinter() {}

  static String print(DenseTensor tensor, PrintOptions options) {
    return "tensor("
        + Arrays.toString(tensor.toDoubles())
        + ", "
        + tensor.shape()
        + options.precision()
        + ")";
  }
}
