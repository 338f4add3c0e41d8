package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// PyTorch's storage classes and the numbers in them.
enum StorageType {
  DoubleStorage(DType.FLOAT64),
  FloatStorage(DType.FLOAT32),
  HalfStorage(DType.FLOAT16),
  BFloat16Storage(DType.BFLOAT16),
  LongStorage(DType.INT64),
  IntStorage(DType.INT32),
  ShortStorage(DType.INT16),
  CharStorage(DType.INT8),
  ByteStorage(DType.UINT8),
  BoolStorage(DType.BOOL),
  ComplexFloatStorage(DType.COMPLEX64),
  ComplexDoubleStorage(DType.COMPLEX128),
  QInt8Storage(DType.QINT8),
  QUInt8Storage(DType.QUINT8),
  QInt32Storage(DType.QINT32),
  QUInt4x2Storage(DType.QUINT4X2),
  /// Bytes whose type each tensor says.
  UntypedStorage(DType.UINT8);

  private static final Map<String, StorageType> BY_NAME = new HashMap<>();

  static {
    for (var type : values()) BY_NAME.put("torch." + type.name(), type);
    BY_NAME.put("torch.storage.UntypedStorage", UntypedStorage);
  }

  private final DType dtype;

  StorageType(DType dtype) {
    this.dtype = dtype;
  }

  DType dtype() {
    return dtype;
  }

  static @Nullable StorageType of(Pickled.Name name) {
    return BY_NAME.get(name.full());
  }

  /// The class that stores `dtype`; types that came later than the classes are stored untyped.
  static StorageType of(DType dtype) {
    for (var type : values()) {
      if (type.dtype == dtype) return type;
    }
    return UntypedStorage;
  }
}
