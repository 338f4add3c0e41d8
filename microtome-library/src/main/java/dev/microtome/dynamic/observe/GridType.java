package dev.microtome.dynamic.observe;

import dev.microtome.tensor.DType;

/// Which whole numbers a grid has, and where its zero lies.
///
/// @param dtype `QINT8`, `QUINT8` or `QUINT4X2`
/// @param zero where zero lies
/// @param least whole number that is used
/// @param most whole number that is used
public record GridType(DType dtype, Zero zero, int least, int most) {
  /// Where zero lies.
  public enum Zero {
    /// On the whole number that makes the range fit best.
    FITTED,
    /// In the middle: 0, or 128 of unsigned numbers.
    MIDDLE,
    /// Anywhere, not only on the grid; for embeddings.
    ANYWHERE
  }

  /// 0 to 255, zero fitted: activations.
  public static final GridType QUINT8 = new GridType(DType.QUINT8, Zero.FITTED, 0, 255);

  /// -128 to 127, zero at 0: weights.
  public static final GridType QINT8 = new GridType(DType.QINT8, Zero.MIDDLE, -128, 127);

  public GridType {
    if (dtype != DType.QINT8 && dtype != DType.QUINT8 && dtype != DType.QUINT4X2) {
      throw new IllegalArgumentException("a grid is of qint8, quint8 or quint4x2, not " + dtype);
    }
    int lowest = dtype == DType.QINT8 ? -128 : 0;
    int highest = dtype == DType.QINT8 ? 127 : dtype == DType.QUINT8 ? 255 : 15;
    if (least < lowest || most > highest || least >= most) {
      throw new IllegalArgumentException(
          "%s has the numbers %d to %d, which %d to %d is no part of"
              .formatted(dtype, lowest, highest, least, most));
    }
  }

  /// All numbers of a dtype.
  public static GridType of(DType dtype, Zero zero) {
    return switch (dtype) {
      case QINT8 -> new GridType(dtype, zero, -128, 127);
      case QUINT8 -> new GridType(dtype, zero, 0, 255);
      default -> new GridType(dtype, zero, 0, 15);
    };
  }

  /// One bit less, PyTorch's `reduce_range`: what some engines need so that sums of two products
  /// can't overflow 16 bits.
  public GridType reduced() {
    return new GridType(dtype, zero, Math.floorDiv(least, 2), Math.floorDiv(most, 2));
  }

  /// The same with other numbers.
  public GridType within(int first, int last) {
    return new GridType(dtype, zero, first, last);
  }

  /// The same with its zero elsewhere.
  public GridType with(Zero place) {
    return new GridType(dtype, place, least, most);
  }

  /// Steps between the least and the most.
  public int steps() {
    return most - least;
  }

  /// The zero point of a grid whose zero is in the middle. PyTorch leaves it at 128 in a reduced
  /// range of 0 to 127, where no positive number could be told; here it is 64 then.
  long middle() {
    return dtype == DType.QINT8 ? 0 : least + (steps() + 1) / 2;
  }
}
