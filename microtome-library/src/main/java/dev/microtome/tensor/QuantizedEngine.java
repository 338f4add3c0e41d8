package dev.microtome.tensor;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.QEngine;

/// The libraries libtorch can hand quantized matrices to. Packing decides: a packed matrix stays
/// with its engine, so layers of one network may use different ones.
///
/// X86, ONEDNN and FBGEMM quantize activations to 7 bits and give the same numbers; QNNPACK uses 8
/// bits, so its numbers differ (its error is about half).
public enum QuantizedEngine {
  X86(QEngine.X86),
  ONEDNN(QEngine.ONEDNN),
  FBGEMM(QEngine.FBGEMM),
  QNNPACK(QEngine.QNNPACK);

  private static final ReentrantLock LOCK = new ReentrantLock();

  private final QEngine engine;

  QuantizedEngine(QEngine engine) {
    this.engine = engine;
  }

  /// Runs `packing` while this engine is libtorch's current one, which is a setting of the whole
  /// process: one thread at a time.
  public <T> T run(Supplier<T> packing) {
    Natives.load(); // not before: naming an engine needs none of it
    LOCK.lock();
    try {
      var context = torch.globalContext();
      var before = context.qEngine();
      context.setQEngine(engine);
      try {
        return packing.get();
      } finally {
        context.setQEngine(before);
      }
    } finally {
      LOCK.unlock();
    }
  }
}
