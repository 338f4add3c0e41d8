package dev.microtome.tensor;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;
import org.jspecify.annotations.Nullable;

/// A registered hook on a tensor's gradient: see [Autograd#hook]. It acts until removed, even when
/// this object is dropped; what its Java function refers to stays reachable as long.
public final class GradientHook implements AutoCloseable {
  // libtorch may call a hook as long as the graph lives, and its death is not announced: so what
  // it calls must stay reachable until it is taken out.
  private static final Map<Long, Callback> REGISTERED = new ConcurrentHashMap<>();
  // Removed while they ran: libtorch still needed them then.
  private static final Queue<GradientHook> UNFINISHED = new ConcurrentLinkedQueue<>();
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final org.bytedeco.pytorch.Tensor UNCHANGED = new org.bytedeco.pytorch.Tensor();

  private final Registration registration;

  private GradientHook(Registration registration) {
    this.registration = registration;
    NativeMemory.CLEANER.register(this, registration.tensor()::close);
  }

  /// Where a hook hangs; `tensor` is an own handle.
  private record Registration(long number, org.bytedeco.pytorch.Tensor tensor, int position) {}

  static GradientHook on(DenseTensor tensor, Function<Tensor, @Nullable Tensor> action) {
    if (!tensor.handle().requires_grad()) {
      throw new IllegalArgumentException(
          "a tensor that does not require gradients has none to hook: call requiresGrad_(true) first");
    }
    finishRemovals();
    long number = NUMBERS.incrementAndGet();
    var callback = new Callback(action);
    REGISTERED.put(number, callback);
    int position = tensor.handle().register_hook(callback);
    var own = new org.bytedeco.pytorch.Tensor(tensor.handle());
    return new GradientHook(new Registration(number, own, position));
  }

  /// Takes the hook off; a second call does nothing. A hook may remove itself, or another one.
  public void remove() {
    Callback callback = REGISTERED.get(registration.number());
    if (callback != null) {
      callback.removed = true;
      if (callback.running.get() > 0) {
        UNFINISHED.add(this);
      } else if (REGISTERED.remove(registration.number(), callback)) {
        registration.tensor().remove_hook(registration.position());
        registration.tensor().close();
        callback.end();
      }
    }
  }

  private static void finishRemovals() {
    for (int i = UNFINISHED.size(); i > 0; i--) {
      GradientHook hook = UNFINISHED.poll();
      if (hook != null) {
        hook.remove();
      }
    }
  }

  /// The same as [#remove].
  @Override
  public void close() {
    remove();
  }

  private static final class Callback extends TensorTensorHook {
    private final Function<Tensor, @Nullable Tensor> action;
    private final AtomicInteger running = new AtomicInteger();
    private volatile boolean removed;
    private final Map<Thread, org.bytedeco.pytorch.Tensor> returned = new ConcurrentHashMap<>();

    Callback(Function<Tensor, @Nullable Tensor> action) {
      this.action = action;
    }

    @Override
    public TensorBase call(TensorBase gradient) {
      running.incrementAndGet();
      try {
        if (removed || !gradient.defined()) {
          return UNCHANGED;
        }
        var arriving = DenseTensor.own(new org.bytedeco.pytorch.Tensor(gradient));
        Tensor replacement = action.apply(arriving);
        return replacement == null || replacement == arriving
            ? UNCHANGED
            : keep(checked(arriving, replacement.dense()));
      } catch (Throwable failure) {
        throw HookFailures.ticket(failure);
      } finally {
        running.decrementAndGet();
      }
    }

    private static DenseTensor checked(DenseTensor arriving, DenseTensor replacement) {
      if (!replacement.shape().equals(arriving.shape())) {
        throw new IllegalArgumentException(
            "a gradient of shape %s can't be replaced by one of shape %s"
                .formatted(arriving.shape(), replacement.shape()));
      }
      return replacement;
    }

    /// libtorch copies what `call` returned after it has returned: it stays open until the thread's
    /// next call.
    private TensorBase keep(DenseTensor replacement) {
      var result = new org.bytedeco.pytorch.Tensor(replacement.handle());
      var consumed = returned.put(Thread.currentThread(), result);
      if (consumed != null) {
        consumed.close();
      }
      return result;
    }

    private void end() {
      returned.values().forEach(org.bytedeco.pytorch.Tensor::close);
      returned.clear();
      close();
    }
  }
}
