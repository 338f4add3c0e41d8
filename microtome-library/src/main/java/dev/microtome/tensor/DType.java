package dev.microtome.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/// What one number of a tensor is. Names, and [#toString] (`torch.float32`), are PyTorch's.
public enum DType {
  UINT8(ScalarType.Byte, "uint8", 1),
  INT8(ScalarType.Char, "int8", 1),
  INT16(ScalarType.Short, "int16", 2),
  INT32(ScalarType.Int, "int32", 4),
  INT64(ScalarType.Long, "int64", 8),
  FLOAT16(ScalarType.Half, "float16", 2),
  FLOAT32(ScalarType.Float, "float32", 4),
  FLOAT64(ScalarType.Double, "float64", 8),
  COMPLEX32(ScalarType.ComplexHalf, "complex32", 4),
  COMPLEX64(ScalarType.ComplexFloat, "complex64", 8),
  COMPLEX128(ScalarType.ComplexDouble, "complex128", 16),
  BOOL(ScalarType.Bool, "bool", 1),
  QINT8(ScalarType.QInt8, "qint8", 1),
  QUINT8(ScalarType.QUInt8, "quint8", 1),
  QINT32(ScalarType.QInt32, "qint32", 4),
  BFLOAT16(ScalarType.BFloat16, "bfloat16", 2),
  QUINT4X2(ScalarType.QUInt4x2, "quint4x2", 1),
  QUINT2X4(ScalarType.QUInt2x4, "quint2x4", 1),
  FLOAT8_E5M2(ScalarType.Float8_e5m2, "float8_e5m2", 1),
  FLOAT8_E4M3FN(ScalarType.Float8_e4m3fn, "float8_e4m3fn", 1),
  FLOAT8_E5M2FNUZ(ScalarType.Float8_e5m2fnuz, "float8_e5m2fnuz", 1),
  FLOAT8_E4M3FNUZ(ScalarType.Float8_e4m3fnuz, "float8_e4m3fnuz", 1),
  FLOAT8_E8M0FNU(ScalarType.Float8_e8m0fnu, "float8_e8m0fnu", 1),
  UINT16(ScalarType.UInt16, "uint16", 2),
  UINT32(ScalarType.UInt32, "uint32", 4),
  UINT64(ScalarType.UInt64, "uint64", 8);

  private static final DType[] BY_NATIVE_VALUE = new DType[64];

  static {
    for (DType type : values()) {
      BY_NATIVE_VALUE[type.scalarType.value] = type;
    }
  }

  final ScalarType scalarType;
  private final String label;
  private final int bytes;

  DType(ScalarType scalarType, String label, int bytes) {
    this.scalarType = scalarType;
    this.label = label;
    this.bytes = bytes;
  }

  static DType of(ScalarType type) {
    DType found = BY_NATIVE_VALUE[type.value];
    if (found == null) {
      throw new IllegalArgumentException("libtorch's scalar type " + type + " has no DType");
    }
    return found;
  }

  /// The type called `name`, with or without the `torch.` prefix.
  public static DType named(String name) {
    String bare = name.startsWith("torch.") ? name.substring(6) : name;
    for (DType type : values()) {
      if (type.label.equals(bare)) {
        return type;
      }
    }
    throw new IllegalArgumentException("'" + name + "' is not a dtype; known: float32, int64, …");
  }

  /// Bytes an element takes.
  public int bytes() {
    return bytes;
  }

  /// The name without the `torch.` prefix: `float32`.
  public String label() {
    return label;
  }

  public boolean isFloatingPoint() {
    return label.startsWith("float") || this == BFLOAT16;
  }

  public boolean isComplex() {
    return label.startsWith("complex");
  }

  public boolean isQuantized() {
    return label.startsWith("q");
  }

  @Override
  public String toString() {
    return "torch." + label;
  }
}
