package dev.microtome.tensor;

import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.pytorch.Tensor;

/// One owned reference to a libtorch tensor, released exactly once: by hand, by a scope, or by the
/// cleaner when the Java tensor is gone.
final class NativeHandle implements Runnable {
  private static final long SMALL = 16 << 10;

  private final Tensor handle;
  private final long bytes;
  private final AtomicBoolean released = new AtomicBoolean();
  private volatile boolean kept;

  /// `ownsMemory` is false for memory lent to libtorch, which freeing the tensor does not free.
  NativeHandle(Tensor handle, boolean ownsMemory) {
    this.handle = handle;
    this.bytes = ownsMemory ? countedBytes(handle) : 0;
    if (bytes > 0) {
      try {
        NativeMemory.allocated(bytes);
      } catch (MemoryLimitException refused) {
        handle.close();
        NativeMemory.freed(bytes);
        throw refused;
      }
    }
  }

  // Views share their base's memory, meta tensors have none, and small ones are left to ordinary
  // collections: asking costs more than they weigh.
  private static long countedBytes(Tensor handle) {
    long bytes = handle.nbytes();
    return bytes < SMALL || handle.is_meta() || handle.is_view() ? 0 : bytes;
  }

  Tensor get() {
    if (released.get()) {
      throw new IllegalStateException(
          "this tensor was closed, by close() or at the end of the Scope it was made in;"
              + " return it from the scope or call save() to keep it");
    }
    return handle;
  }

  /// Scopes leave this handle alone from now on.
  void keep() {
    kept = true;
  }

  boolean isKept() {
    return kept;
  }

  boolean isReleased() {
    return released.get();
  }

  @Override
  public void run() {
    if (released.compareAndSet(false, true)) {
      handle.close();
      if (bytes > 0) {
        NativeMemory.freed(bytes);
      }
    }
  }
}
