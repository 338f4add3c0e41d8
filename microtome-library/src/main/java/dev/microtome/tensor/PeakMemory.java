package dev.microtome.tensor;

import java.util.concurrent.atomic.AtomicLong;

/// Watches how many bytes of tensors are held at once.
///
/// ```java
/// try (var peak = PeakMemory.watch()) {
///   model.apply(x);
///   System.out.println(peak.bytes());
/// }
/// ```
///
/// Counted as in [Torch#liveBytes]: tensors of 16 KiB and more, on all threads, together with those
/// that are garbage and not collected yet. What libtorch allocates inside an operation is not seen.
public final class PeakMemory implements AutoCloseable {
  private final long before = NativeMemory.liveBytes();
  private final AtomicLong most = new AtomicLong(before);

  private PeakMemory() {}

  /// Watches until [#close].
  public static PeakMemory watch() {
    var watch = new PeakMemory();
    NativeMemory.watch(watch);
    return watch;
  }

  void see(long live) {
    most.accumulateAndGet(live, Math::max);
  }

  /// The most bytes held at once so far, over what was held when the watch began.
  public long bytes() {
    return most.get() - before;
  }

  @Override
  public void close() {
    NativeMemory.unwatch(this);
  }
}
