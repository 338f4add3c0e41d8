package dev.microtome.tensor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.FunctionPreHook;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/// A Java callback inside a native node, called with the gradients that arrive there.
///
/// The native half belongs to the node and would die with it, leaking the JVM's reference to the
/// Java half (JavaCPP frees that only when Java owns the native half). So a hook is taken out of
/// its node while the node still lives and used again: the number of hooks is that of graphs alive
/// at once, not of calls.
final class CarrierHook extends FunctionPreHook {
  private static final ConcurrentLinkedDeque<CarrierHook> IDLE = new ConcurrentLinkedDeque<>();
  private static final AtomicInteger IDLE_COUNT = new AtomicInteger();
  private static final int MOST_IDLE = 10_000;

  /// Key among the node's `retain_grad` hooks: not an output's number, which `retain_grad` uses.
  private static final long KEY = Integer.MAX_VALUE;

  /// The native half as an argument that gives its ownership away.
  private @Nullable FunctionPreHook body;

  private volatile @Nullable UnaryOperator<TensorVector> action;
  private @Nullable Pointer node;

  // What apply() returned is copied after it has returned, so it is closed by the thread's next
  // call. Several threads may run a retained graph.
  private final Map<Thread, TensorVector> returned = new ConcurrentHashMap<>();

  private CarrierHook() {
    deallocate(false); // the node frees the native half, whatever JavaCPP's collector thinks
    body = new Body(address());
  }

  /// Puts `action` before `node`, which must be alive when [#leave] is called.
  static CarrierHook enter(Node node, UnaryOperator<TensorVector> action) {
    CarrierHook hook = IDLE.pollFirst();
    if (hook == null) {
      hook = new CarrierHook();
    } else {
      IDLE_COUNT.decrementAndGet();
    }
    hook.action = action;
    hook.node = new Borrowed(node.address());
    FunctionPreHook body = hook.body;
    if (body == null) {
      throw new AssertionError("an idle hook owns its native half");
    }
    node.add_retains_grad_hook(body, KEY);
    body.close(); // empty by now
    hook.body = null;
    return hook;
  }

  /// Takes the hook out of its node, for use in another.
  synchronized void leave() {
    if (!(node instanceof Borrowed borrowed)) {
      return;
    }
    node = null;
    action = null;
    closeReturned();
    body = borrowed.pop_retains_grad_hook(KEY);
    if (IDLE_COUNT.incrementAndGet() <= MOST_IDLE) {
      IDLE.addFirst(this);
    } else {
      IDLE_COUNT.decrementAndGet();
      body.close();
    }
  }

  @Override
  public TensorVector apply(TensorVector gradients) {
    UnaryOperator<TensorVector> current = action;
    if (current == null) {
      throw new IllegalStateException("this part of the graph was freed");
    }
    try {
      TensorVector result = current.apply(gradients);
      TensorVector consumed = returned.put(Thread.currentThread(), result);
      if (consumed != null) {
        consumed.close();
      }
      return result;
    } catch (Throwable failure) {
      throw HookFailures.ticket(failure);
    }
  }

  private void closeReturned() {
    returned.values().forEach(TensorVector::close);
    returned.clear();
  }

  private static final class Body extends FunctionPreHook {
    Body(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }

  private static final class Borrowed extends Node {
    Borrowed(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }
}
