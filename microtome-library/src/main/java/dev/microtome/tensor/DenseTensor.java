package dev.microtome.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.bytedeco.pytorch.IValue;
import org.jspecify.annotations.Nullable;

/// A tensor held by libtorch. Owns its native handle: [#close] gives it back at once, else a
/// [Scope] does, else the garbage collector.
public final class DenseTensor implements Tensor {
  static {
    Natives.load();
  }

  private final NativeHandle owned;

  private DenseTensor(org.bytedeco.pytorch.Tensor handle, boolean ownsMemory) {
    owned = new NativeHandle(handle, ownsMemory);
    NativeMemory.CLEANER.register(this, owned);
    Scope.register(owned);
  }

  /// Takes over `handle`, which nobody else may close.
  static DenseTensor own(org.bytedeco.pytorch.Tensor handle) {
    return new DenseTensor(handle, true);
  }

  /// As [#own], for a tensor over memory that is not libtorch's: a mapped file costs no memory
  /// until it is read, so it must not count against the budget.
  static DenseTensor ownBorrowed(org.bytedeco.pytorch.Tensor handle) {
    return new DenseTensor(handle, false);
  }

  /// A tensor over memory that is not copied; `memory` stays reachable as long as any tensor, view
  /// or autograd graph uses it. `memory` must be native, aligned to `dtype` and hold the numbers of
  /// `shape` in row-major order.
  public static DenseTensor view(MemorySegment memory, DType dtype, Shape shape) {
    return BorrowedMemory.view(memory, dtype, shape);
  }

  @Override
  public @Nullable Object dispatch(OpCall call) {
    return LibTorch.run(call);
  }

  @Override
  public DenseTensor dense() {
    return this;
  }

  /// The native handle, for as long as this object is reachable.
  org.bytedeco.pytorch.Tensor handle() {
    return owned.get();
  }

  /// A boxed copy of the handle.
  IValue boxed() {
    try {
      return new IValue(owned.get());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Shape shape() {
    try {
      var handle = owned.get();
      long[] sizes = new long[(int) handle.dim()];
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = handle.size(i);
      }
      return new Shape(sizes);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Elements to step over for the next index, per dimension.
  public long[] strides() {
    try {
      var handle = owned.get();
      long[] strides = new long[(int) handle.dim()];
      for (int i = 0; i < strides.length; i++) {
        strides[i] = handle.stride(i);
      }
      return strides;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// How many times this tensor, or another over the same memory, was changed in place.
  public long version() {
    try {
      return owned.get()._version();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Counts one more change: for whoever writes numbers past libtorch, through [#segment] or by an
  /// operation that does not count its own.
  public void changed() {
    try (var implementation = owned.get().unsafeGetTensorImpl()) {
      implementation.bump_version();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Whether the numbers lie in memory row by row, without holes.
  public boolean isContiguous() {
    try {
      return owned.get().is_contiguous();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public DType dtype() {
    try {
      return DType.of(owned.get().scalar_type());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Device device() {
    try (var device = owned.get().device()) {
      return device.is_meta() ? Device.META : device.is_cpu() ? Device.CPU : cuda(device);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private static Device cuda(org.bytedeco.pytorch.Device device) {
    return Device.cuda(device.index());
  }

  /// This tensor's numbers without a copy: row-major, so the tensor must be contiguous and on the
  /// CPU. The segment keeps the memory alive, even after [#close], until it is collected as
  /// garbage.
  public MemorySegment segment() {
    return segment(Arena.ofAuto());
  }

  /// The same for as long as `arena` is open: what is only looked into need not wait for a garbage
  /// collection to be freed.
  @SuppressWarnings("restricted") // the address and the size come from libtorch
  public MemorySegment segment(Arena arena) {
    try {
      var keeper = new org.bytedeco.pytorch.Tensor(visible());
      return MemorySegment.ofAddress(keeper.data_ptr().address())
          .reinterpret(keeper.nbytes(), arena, _ -> keeper.close());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Where the numbers of [#segment] begin, which nothing keeps alive: who uses the address holds
  /// this tensor until then (`Reference.reachabilityFence`).
  public long address() {
    try {
      return visible().data_ptr().address();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private org.bytedeco.pytorch.Tensor visible() {
    var handle = owned.get();
    if (!handle.is_contiguous() || !device().equals(Device.CPU)) {
      throw new IllegalStateException(
          "only a contiguous CPU tensor is visible as memory; call contiguous() first");
    }
    return handle;
  }

  /// The whole storage this tensor is a view of, with the numbers of others that share it, without
  /// a copy. Views of one storage answer with the same address.
  public MemorySegment storage() {
    return storage(Arena.ofAuto());
  }

  /// The same for as long as `arena` is open.
  @SuppressWarnings("restricted") // the address and the size come from libtorch
  public MemorySegment storage(Arena arena) {
    try {
      var handle = owned.get();
      if (!device().equals(Device.CPU)) {
        throw new IllegalStateException("only a CPU tensor's storage is visible as memory");
      }
      var keeper = new org.bytedeco.pytorch.Tensor(handle);
      try (var storage = handle.storage()) {
        long bytes = storage.nbytes();
        return MemorySegment.ofAddress(bytes == 0 ? 0 : storage.data().address())
            .reinterpret(bytes, arena, _ -> keeper.close());
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// The number of the storage's element this tensor begins with.
  public long storageOffset() {
    try {
      return owned.get().storage_offset();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /// Gives the native memory back now. Using the tensor afterwards is an [IllegalStateException].
  @Override
  public void close() {
    owned.run();
  }

  @Override
  public Tensor save() {
    owned.keep();
    return this;
  }

  NativeHandle owned() {
    return owned;
  }

  @Override
  public String toString() {
    return TensorPrinter.print(this, PrintOptions.current());
  }
}
