package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;

/// How a matrix of codes (rows, columns) lies in bytes or ints.
///
/// All but the last are HQQ's: the rows are cut into equal chunks, one chunk for each field of a
/// word, and field k of packed row i is row `k · packedRows + i`; the first chunk is in the highest
/// bits. Rows that are missing in the last chunk are zeros. HQQ itself pads 3-bit rows only and
/// breaks on other row counts that do not divide; see [#fits].
public enum Packing {
  BYTES("8bit_u8", DType.UINT8, 8, 1),
  NIBBLES("4bit_u8", DType.UINT8, 4, 2),
  /// Ten 3-bit codes in an int32, whose two highest bits are zero.
  TENS("3bit_32", DType.INT32, 3, 10),
  QUARTERS("2bit_u8", DType.UINT8, 2, 4),
  SINGLES("1bit_u8", DType.UINT8, 1, 8),
  /// Ten consecutive codes of the flattened matrix in an int32, the first in the highest bits: the
  /// order of the QDoRA notebooks. The packed tensor has one dimension.
  CONSECUTIVE_TENS("3bit_32_consecutive", DType.INT32, 3, 10);

  private final String label;
  private final DType dtype;
  private final int fieldBits;
  private final int fields;

  Packing(String label, DType dtype, int fieldBits, int fields) {
    this.label = label;
    this.dtype = dtype;
    this.fieldBits = fieldBits;
    this.fields = fields;
  }

  /// The packing HQQ's files call so.
  ///
  /// @throws IllegalArgumentException when there is none of that name
  public static Packing named(String label) {
    return Arrays.stream(values())
        .filter(packing -> packing.label.equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no packing; known: %s"
                    .formatted(label, Arrays.stream(values()).map(Packing::label).toList())));
  }

  /// The name in HQQ's files, such as `4bit_u8`.
  public String label() {
    return label;
  }

  /// What a packed word is.
  public DType dtype() {
    return dtype;
  }

  /// The largest code a field holds.
  public int highest() {
    return (1 << fieldBits) - 1;
  }

  /// Whether HQQ packs that many rows too, and the same.
  public boolean fits(long rows) {
    return this == TENS || (this != CONSECUTIVE_TENS && rows % fields == 0);
  }

  /// The shape of (rows, columns) codes when packed.
  public Shape packedShape(long rows, long columns) {
    return this == CONSECUTIVE_TENS
        ? Shape.of(Math.ceilDiv(rows * columns, fields))
        : Shape.of(Math.ceilDiv(rows, fields), columns);
  }

  /// Packs whole numbers (rows, columns) of any dtype.
  ///
  /// @throws IllegalArgumentException when a code is negative or above [#highest], or the tensor is
  ///   no matrix
  public Tensor pack(Tensor codes) {
    if (codes.dim() != 2 || codes.numel() == 0) {
      throw new IllegalArgumentException(
          "codes are packed from a matrix (rows, columns), got " + codes.shape());
    }
    return Grad.off(() -> Scope.run(() -> packed(checked(codes))));
  }

  private Tensor checked(Tensor codes) {
    if (codes.dtype().isFloatingPoint() && codes.ne(codes.round()).any().item() != 0) {
      throw new IllegalArgumentException("codes are whole numbers; round them first");
    }
    double low = codes.min().item();
    double high = codes.max().item();
    if (low < 0 || high > highest()) {
      throw new IllegalArgumentException(
          "codes from %.0f to %.0f do not fit into %d bits (0 to %d), which is what '%s' has"
              .formatted(low, high, fieldBits, highest(), label));
    }
    return codes;
  }

  private Tensor packed(Tensor codes) {
    Tensor words = Tensor.zeros(packedShape(codes.size(0), codes.size(1)), dtype);
    for (int k = 0; k < fields; k++) {
      int shift = fieldBits * (fields - 1 - k);
      Tensor field = field(codes, k);
      Scope.run(() -> {
        Tensor part = field.to(DType.UINT8).to(dtype);
        Tensor shifted = shift == 0 ? part : part.bitwiseLeftShift(shift);
        Tensor place = words.narrow(0, 0, shifted.size(0));
        place.copy_(place.bitwiseOr(shifted));
      });
    }
    return words;
  }

  /// The codes of field k; the last field may have fewer than words there are.
  private Tensor field(Tensor codes, int k) {
    long rows = codes.size(0);
    if (this == CONSECUTIVE_TENS) {
      Tensor flat = codes.reshape(-1);
      return flat.numel() > k ? flat.get(k + "::" + fields) : flat.narrow(0, 0, 0);
    }
    long step = Math.ceilDiv(rows, (long) fields);
    long first = Math.min(rows, k * step);
    return codes.narrow(0, first, Math.min(step, rows - first));
  }

  /// The codes of a packed tensor, uint8 (rows, columns).
  ///
  /// @throws IllegalArgumentException when the packed tensor is not what so many codes pack to
  public Tensor unpack(Tensor packed, long rows, long columns) {
    check(packed, rows, columns);
    return Grad.off(() -> Scope.run(() -> unpacked(packed, rows, columns).contiguous()));
  }

  /// Refuses a packed tensor of another dtype or shape than so many codes pack to.
  void check(Tensor packed, long rows, long columns) {
    Shape expected = packedShape(rows, columns);
    if (packed.dtype() != dtype || !packed.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "%d x %d codes packed as '%s' are %s%s, got %s%s"
              .formatted(
                  rows,
                  columns,
                  label,
                  dtype.label(),
                  expected,
                  packed.dtype().label(),
                  packed.shape()));
    }
  }

  private Tensor unpacked(Tensor packed, long rows, long columns) {
    Tensor fieldsFirst = Tensor.empty(fieldsShape(packed.shape()), DType.UINT8);
    for (int k = 0; k < fields; k++) {
      int shift = fieldBits * (fields - 1 - k);
      Tensor field = fieldsFirst.select(0, k);
      Scope.run(() -> {
        field.copy_(packed.bitwiseRightShift(shift).bitwiseAnd(highest()));
      });
    }
    return this == CONSECUTIVE_TENS
        ? fieldsFirst.t().reshape(-1).narrow(0, 0, rows * columns).reshape(rows, columns)
        : fieldsFirst.reshape(-1, columns).narrow(0, 0, rows);
  }

  private Shape fieldsShape(Shape packed) {
    return packed.rank() == 1
        ? Shape.of(fields, packed.get(0))
        : Shape.of(fields, packed.get(0), packed.get(1));
  }
}
