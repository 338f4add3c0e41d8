package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// Whole numbers from -8 to 7 two a byte: 8 is added, the first of two is the lower half, a row of
/// an odd number ends with an empty half.
final class Nibbles {
  private Nibbles() {}

  /// The bytes of a matrix of int8 numbers.
  static Tensor pack(Tensor numbers) {
    Tensor codes = numbers.add(8).to(DType.UINT8);
    if (numbers.size(1) % 2 == 1) {
      Tensor rest = Tensor.zeros(new Shape(numbers.size(0), 1), DType.UINT8);
      codes = Tensor.cat(List.of(codes, rest), 1);
    }
    Tensor pairs = codes.reshape(codes.size(0), codes.size(1) / 2, 2);
    return pairs.select(2, 0).add(pairs.select(2, 1).mul(16)).contiguous();
  }

  /// The matrix of `columns` numbers a row.
  static Tensor unpack(Tensor bytes, long columns) {
    Tensor low = bytes.remainder(16);
    Tensor high = bytes.sub(low).div(16).to(DType.UINT8);
    Tensor codes = Tensor.stack(List.of(low, high), 2).reshape(bytes.size(0), 2 * bytes.size(1));
    return codes.narrow(1, 0, columns).to(DType.INT8).sub(8).contiguous();
  }
}
