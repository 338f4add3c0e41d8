package dev.microtome.tensor.file;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An element type a safetensors file may hold. Names are the file's own, and case matters.
///
/// The order of the constants is part of the format's canonical layout: a writer stores the last
/// constant's tensors first, so wide elements come first and everything stays aligned.
public enum StoredType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private static final Map<String, StoredType> BY_NAME = new HashMap<>();

  static {
    for (var type : values()) BY_NAME.put(type.name(), type);
  }

  private final int bits;

  StoredType(int bits) {
    this.bits = bits;
  }

  /// Bits of one element; less than 8 for the packed types.
  public int bits() {
    return bits;
  }

  /// Bytes an element's address should be a multiple of; 1 for the packed types.
  public int alignment() {
    return Math.max(1, bits / 8);
  }

  /// The type a file calls `name`, or null when the format has none of that name.
  public static @Nullable StoredType named(String name) {
    return BY_NAME.get(name);
  }
}
