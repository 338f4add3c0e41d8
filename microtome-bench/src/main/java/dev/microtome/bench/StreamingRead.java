package dev.microtome.bench;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// How fast this machine reads memory: numbers much larger than its caches, in order, each thread
/// its own part as two streams side by side, which is faster than one.
final class StreamingRead {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final long VECTOR = INTS.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final MemorySegment memory;
  private final AtomicInteger sink = new AtomicInteger(); // else the reads are optimised away

  /// @param memory touched before, of some hundred megabytes
  StreamingRead(MemorySegment memory) {
    this.memory = memory;
  }

  /// Bytes a second, the median of `rounds`.
  double bytesPerSecond(int threads, int rounds) {
    var rates = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      long start = System.nanoTime();
      read(threads);
      rates[round] = memory.byteSize() / ((System.nanoTime() - start) / 1e9);
    }
    Arrays.sort(rates);
    return rates[rounds / 2];
  }

  private void read(int threads) {
    long share = memory.byteSize() / threads / (4 * VECTOR) * (4 * VECTOR);
    var others = new ArrayList<Thread>();
    for (int i = 1; i < threads; i++) {
      MemorySegment mine = memory.asSlice(i * share, share);
      others.add(Thread.ofPlatform().start(() -> sink.addAndGet(sum(mine))));
    }
    sink.addAndGet(sum(memory.asSlice(0, share)));
    try {
      for (Thread other : others) {
        other.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int sum(MemorySegment part) {
    long half = part.byteSize() / 2;
    IntVector a = IntVector.zero(INTS);
    IntVector b = a;
    IntVector c = a;
    IntVector d = a;
    for (long u = 0; u < half; u += 2 * VECTOR) {
      a = a.add(IntVector.fromMemorySegment(INTS, part, u, ORDER));
      b = b.add(IntVector.fromMemorySegment(INTS, part, u + VECTOR, ORDER));
      c = c.add(IntVector.fromMemorySegment(INTS, part, half + u, ORDER));
      d = d.add(IntVector.fromMemorySegment(INTS, part, half + u + VECTOR, ORDER));
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
  }
}
