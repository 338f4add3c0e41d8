package dev.microtome.tensor.file;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// Between bytes in a file and tensors. What libtorch could not survive is refused here, for this
/// tensor alone: the rest of the file stays readable.
final class StoredTensor {
  /// More dimensions than this do not fit libtorch's bit sets of dimensions.
  private static final int MOST_DIMENSIONS = 64;

  private StoredTensor() {}

  /// A tensor over `bytes`, which it keeps alive, or over a copy where they lie at an odd address.
  static Tensor of(Path file, long dataStart, TensorInfo info, MemorySegment bytes) {
    var dtype = info.type().dtype();
    if (dtype == null) {
      throw refuse(
          file, dataStart, info, "no tensor can hold type " + info.type(), "read bytes(name)");
    }
    checkShape(file, dataStart, info);
    if (bytes.byteSize() == 0) {
      return Device.CPU.run(() -> Tensor.empty(info.shape(), dtype));
    }
    boolean aligned = bytes.address() % dtype.bytes() == 0;
    boolean sound = dtype != DType.BOOL || isBoolean(bytes);
    return DenseTensor.view(aligned && sound ? bytes : copy(bytes, dtype), dtype, info.shape());
  }

  /// Strides are products of sizes with 0 counted as 1, so even an empty tensor can overflow them.
  private static void checkShape(Path file, long dataStart, TensorInfo info) {
    if (info.shape().rank() > MOST_DIMENSIONS) {
      throw refuse(
          file,
          dataStart,
          info,
          "%d dimensions are more than a tensor can have (%d)"
              .formatted(info.shape().rank(), MOST_DIMENSIONS),
          "read bytes(name)");
    }
    try {
      long bytes = info.type().bits() / 8;
      for (long size : info.shape().dims()) bytes = Math.multiplyExact(bytes, Math.max(1, size));
    } catch (ArithmeticException e) {
      throw refuse(
          file,
          dataStart,
          info,
          "the strides of shape %s do not fit 64 bits"
              .formatted(SafetensorsException.brief(info.shape())),
          "leave this empty tensor out");
    }
  }

  /// Compiled code may take any byte but 0 and 1 in a boolean for anything, so none gets through.
  private static boolean isBoolean(MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      if ((bytes.get(ValueLayout.JAVA_BYTE, i) & ~1) != 0) return false;
    }
    return true;
  }

  private static MemorySegment copy(MemorySegment bytes, DType dtype) {
    var copy = Arena.ofAuto().allocate(bytes.byteSize(), 64);
    copy.copyFrom(bytes);
    if (dtype == DType.BOOL) {
      for (long i = 0; i < copy.byteSize(); i++) {
        boolean set = copy.get(ValueLayout.JAVA_BYTE, i) != 0;
        copy.set(ValueLayout.JAVA_BYTE, i, (byte) (set ? 1 : 0));
      }
    }
    return copy;
  }

  /// A tensor on its way into a file.
  static SafetensorsWriter.Item item(Path file, String name, Tensor tensor) {
    var type = StoredType.of(tensor.dtype());
    if (type == null || tensor.device().equals(Device.META)) {
      throw new SafetensorsException(
          file,
          0,
          name,
          type == null
              ? "safetensors has no form for " + tensor.dtype()
              : "a tensor on the meta device has no numbers to write",
          type == null ? "convert it first" : "load or initialise it first");
    }
    return new SafetensorsWriter.Item(name, type, tensor.shape(), () -> bytes(tensor));
  }

  private static MemorySegment bytes(Tensor tensor) {
    if (tensor.numel() == 0) return MemorySegment.NULL;
    Tensor plain = tensor.detach().to(Device.CPU);
    // A conjugate or negative view shares its base's bytes and would be written as its base.
    plain = Ops.tensor("aten::resolve_conj", plain);
    plain = Ops.tensor("aten::resolve_neg", plain);
    return plain.contiguous().dense().segment();
  }

  private static SafetensorsException refuse(
      Path file, long dataStart, TensorInfo info, String reason, String remedy) {
    return new SafetensorsException(file, dataStart + info.begin(), info.name(), reason, remedy);
  }
}
