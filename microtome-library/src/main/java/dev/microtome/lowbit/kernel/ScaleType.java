package dev.microtome.lowbit.kernel;

import static dev.microtome.lowbit.kernel.VectorCode.Type.FLOAT;
import static dev.microtome.lowbit.kernel.VectorCode.Type.INT;

import dev.microtome.tensor.DType;

/// How scales and zeros are stored: in the type they came in, so nothing is lost.
///
/// Each group of a tile has 64 numbers. In the 16-bit types the numbers of rows r and r + 16 lie
/// side by side, so that one vector of 32-bit words gives 16 rows with a shift and the next 16 with
/// a mask. [#place] says where a row is.
enum ScaleType {
  FLOAT32(DType.FLOAT32),
  BFLOAT16(DType.BFLOAT16),
  FLOAT16(DType.FLOAT16);

  private final DType dtype;

  ScaleType(DType dtype) {
    this.dtype = dtype;
  }

  static ScaleType of(DType dtype) {
    for (ScaleType type : values()) {
      if (type.dtype == dtype) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "scales and zeros of kernels are float32, bfloat16 or float16, not " + dtype);
  }

  int bytes(int rows) {
    return dtype.bytes() * rows;
  }

  /// Bytes of one group in one tile.
  int groupBytes() {
    return bytes(TileLayout.TILE);
  }

  /// Where the number of `row` is among the 64 of its group.
  int place(int row) {
    return this == FLOAT32 ? row : row / 32 * 32 + row % 16 * 2 + row % 32 / 16;
  }

  /// Pushes the numbers of the rows from `row` on as floats; `group` is the local with the address
  /// of row 0.
  void read(VectorCode code, int group, int row) {
    if (this == FLOAT32) {
      code.read(FLOAT, group, bytes(row));
      return;
    }
    boolean upper = row % 32 >= 16;
    code.read(INT, group, bytes(place(row) - (upper ? 1 : 0)));
    if (!upper) {
      code.shiftLeft(INT, 16);
    }
    if (this == FLOAT16) {
      widen(code);
    } else if (upper) {
      code.bits(0xFFFF0000).and().asFloats(INT);
    } else {
      code.asFloats(INT);
    }
  }

  /// From half precision in the upper 16 bits: exponent and mantissa move to where a float has
  /// them, then a factor corrects the bias of the exponent and makes subnormal numbers normal.
  private static void widen(VectorCode code) {
    code.shiftRightSigned(INT, 3).bits(0x8FFFE000).and().asFloats(INT);
    code.constant(FLOAT, 0x1p112f).mul(FLOAT);
  }
}
