package dev.microtome.tensor.file;

import dev.microtome.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An element type a safetensors file may hold. Names are the file's own, and case matters.
///
/// The order of the constants is part of the format's canonical layout: a writer stores the last
/// constant's tensors first, so wide elements come first and everything stays aligned.
public enum StoredType {
  BOOL(8, DType.BOOL),
  F4(4, null),
  F6_E2M3(6, null),
  F6_E3M2(6, null),
  U8(8, DType.UINT8),
  I8(8, DType.INT8),
  F8_E5M2(8, DType.FLOAT8_E5M2),
  F8_E4M3(8, DType.FLOAT8_E4M3FN),
  F8_E8M0(8, DType.FLOAT8_E8M0FNU),
  F8_E4M3FNUZ(8, DType.FLOAT8_E4M3FNUZ),
  F8_E5M2FNUZ(8, DType.FLOAT8_E5M2FNUZ),
  I16(16, DType.INT16),
  U16(16, DType.UINT16),
  F16(16, DType.FLOAT16),
  BF16(16, DType.BFLOAT16),
  I32(32, DType.INT32),
  U32(32, DType.UINT32),
  F32(32, DType.FLOAT32),
  C64(64, DType.COMPLEX64),
  F64(64, DType.FLOAT64),
  I64(64, DType.INT64),
  U64(64, DType.UINT64);

  private static final Map<String, StoredType> BY_NAME = new HashMap<>();

  static {
    for (var type : values()) BY_NAME.put(type.name(), type);
  }

  private final int bits;
  private final @Nullable DType dtype;

  StoredType(int bits, @Nullable DType dtype) {
    this.bits = bits;
    this.dtype = dtype;
  }

  /// Bits of one element; less than 8 for the packed types.
  public int bits() {
    return bits;
  }

  /// The tensor type that holds such elements, or null for the packed types, which libtorch lacks.
  public @Nullable DType dtype() {
    return dtype;
  }

  /// The stored form of `dtype`, or null when the format has none (quantized types, for instance).
  public static @Nullable StoredType of(DType dtype) {
    for (var type : values()) {
      if (type.dtype == dtype) return type;
    }
    return null;
  }

  /// The type a file calls `name`, or null when the format has none of that name.
  public static @Nullable StoredType named(String name) {
    return BY_NAME.get(name);
  }
}
