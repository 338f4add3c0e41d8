package dev.microtome.tensor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.PointerConsumer;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells when libtorch lets go of part of an autograd graph.
///
/// A token is an empty tensor whose made-up address is its number. A node that saved it drops it
/// when a backward pass frees the node's buffers, or when the node itself goes; libtorch then calls
/// the token's deleter, and the action runs, exactly once, on whichever thread that was.
final class GraphEnd {
  static {
    Natives.load();
  }

  private static final Logger LOG = LoggerFactory.getLogger(GraphEnd.class);
  private static final Map<Long, Runnable> ACTIONS = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private static final PointerConsumer DELETER =
      new PointerConsumer() {
        @Override
        public void call(Pointer token) {
          Runnable action = ACTIONS.remove(token.address());
          try {
            if (action != null) {
              action.run();
            }
          } catch (Throwable failure) { // an exception here would end the process
            LOG.error("could not free a part of an autograd graph", failure);
          }
        }
      };

  private GraphEnd() {}

  /// A tensor to be saved into a graph; `action` must not throw, since it runs inside a native
  /// destructor.
  static DenseTensor token(Runnable action) {
    long number = NUMBERS.incrementAndGet();
    ACTIONS.put(number, action);
    try (var address = new Address(number);
        var options = new TensorOptions(torch.ScalarType.Float)) {
      return DenseTensor.own(torch.from_blob(address, new long[] {0}, DELETER, options));
    }
  }

  /// Parts of graphs that are still alive.
  static int alive() {
    return ACTIONS.size();
  }

  private static final class Address extends Pointer {
    Address(long number) {
      super((Pointer) null);
      this.address = number;
    }
  }
}
