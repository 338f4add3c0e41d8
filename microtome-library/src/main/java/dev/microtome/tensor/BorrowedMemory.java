package dev.microtome.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.PointerConsumer;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// Memory lent to libtorch. The segment stays strongly reachable until libtorch frees the storage,
/// which can be long after the Java tensor is gone: views and autograd graphs share it.
final class BorrowedMemory {
  static {
    Natives.load();
  }

  /// Segments by address, with the number of storages over them.
  private static final Map<Long, Loan> LOANS = new ConcurrentHashMap<>();

  private record Loan(MemorySegment memory, long storages) {}

  // One callback for all loans: JavaCPP can make only few native callbacks of a type.
  private static final PointerConsumer RETURN =
      new PointerConsumer() {
        @Override
        public void call(Pointer memory) {
          LOANS.computeIfPresent(
              memory.address(),
              (_, loan) ->
                  loan.storages() == 1 ? null : new Loan(loan.memory(), loan.storages() - 1));
        }
      };

  private BorrowedMemory() {}

  static DenseTensor view(MemorySegment memory, DType dtype, Shape shape) {
    long bytes = Math.multiplyExact(shape.numel(), (long) dtype.bytes());
    if (!memory.isNative() || memory.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "a %s tensor of shape %s needs %d bytes of native memory, got %d bytes%s"
              .formatted(
                  dtype, shape, bytes, memory.byteSize(), memory.isNative() ? "" : " on the heap"));
    }
    if (memory.address() % dtype.bytes() != 0) {
      throw new IllegalArgumentException(
          "memory at %#x is not aligned for %s; copy it first".formatted(memory.address(), dtype));
    }
    if (bytes == 0) {
      return (DenseTensor) Tensor.empty(shape, dtype);
    }
    LOANS.merge(
        memory.address(),
        new Loan(memory, 1),
        (known, added) -> new Loan(known.memory(), known.storages() + 1));
    try (var options = new TensorOptions(dtype.scalarType);
        var address = new Address(memory.address(), bytes)) {
      return DenseTensor.ownBorrowed(torch.from_blob(address, shape.dims(), RETURN, options));
    }
  }

  /// A raw address as JavaCPP wants it.
  private static final class Address extends Pointer {
    Address(long address, long bytes) {
      super((Pointer) null);
      this.address = address;
      this.limit = bytes;
      this.capacity = bytes;
    }
  }
}
