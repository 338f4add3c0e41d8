package dev.microtome.dynamic.kernel;

import static dev.microtome.dynamic.kernel.Memory.ALL;
import static dev.microtome.dynamic.kernel.Memory.VECTOR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The states of a few rows of a batch in one layer and direction of a quantized LSTM, taken step
/// by step.
///
/// A step is what libtorch's kernels do: the hidden states become whole numbers on one grid, their
/// products with the weights are summed exactly and scaled, biases and inputs are added in float32.
/// The sums are the same numbers; gates differ from libtorch's in the last bits. Nothing is
/// allocated in a step.
///
/// ```java
/// try (var rows = new LstmRows(weights, 1)) {
///   rows.begin(0, h, c);
///   rows.step(scale, zero, inputs, output, stride); // for each word
///   rows.end(0, h, c);
/// }
/// ```
public final class LstmRows implements AutoCloseable {
  private final GateWeights weights;
  private final int count;
  private final Arena arena = Arena.ofConfined();
  private final long h;
  private final long c;
  private final long codes;
  private final long sums;
  private final long gates;
  private final long inputs; // filled up to whole vectors, or 0 where they are

  public LstmRows(GateWeights weights, int count) {
    this.weights = weights;
    this.count = count;
    h = make(count * weights.stateBytes());
    c = make(count * weights.stateBytes());
    codes = make(2L * weights.pairs * VECTOR);
    sums = make(weights.sumBytes());
    gates = make(weights.sumBytes());
    inputs = 4L * weights.hidden == weights.stateBytes() ? 0 : make(weights.sumBytes());
  }

  private long make(long bytes) {
    return arena.allocate(bytes, VECTOR).address();
  }

  /// The state of a row before the first step.
  ///
  /// @param hidden as many numbers as the state is wide
  /// @param cell the same
  public void begin(int row, MemorySegment hidden, MemorySegment cell) {
    copy(hidden, 0, h(row));
    copy(cell, 0, c(row));
  }

  /// The state of a row after the last step.
  public void end(int row, MemorySegment hidden, MemorySegment cell) {
    MemorySegment.copy(ALL, h(row), hidden, 0, width());
    MemorySegment.copy(ALL, c(row), cell, 0, width());
  }

  private void copy(MemorySegment from, long offset, long to) {
    MemorySegment.copy(from, offset, ALL, to, width());
  }

  private long width() {
    return 4L * weights.hidden;
  }

  private long h(int row) {
    return h + row * weights.stateBytes();
  }

  private long c(int row) {
    return c + row * weights.stateBytes();
  }

  /// The least hidden number of all rows, or 0.
  public float least() {
    return HiddenCodes.least(h, count * weights.stateBytes());
  }

  /// The greatest hidden number of all rows, or 0.
  public float greatest() {
    return HiddenCodes.greatest(h, count * weights.stateBytes());
  }

  /// One step of all rows.
  ///
  /// @param scale of the grid the hidden states are put on
  /// @param zero its zero point, 0 to 127
  /// @param from what the inputs add to the gates, biases included, 4 · hidden numbers for each row
  /// @param at where in it the step's numbers begin, in bytes
  /// @param output gets the new hidden states
  /// @param offset where the first row's begin, in bytes
  /// @param stride bytes from row to row there
  public void step(
      float scale,
      int zero,
      MemorySegment from,
      long at,
      MemorySegment output,
      long offset,
      long stride) {
    for (int row = 0; row < count; row++) {
      int sum = HiddenCodes.write(h(row), weights.hidden, scale, zero, codes);
      GateSums.multiply(weights, codes, sums);
      var next = new LstmGates(weights, scale, zero, GateWeights.OFFSET * sum);
      MemorySegment mine = from.asSlice(at + row * 4L * width(), 4 * width());
      if (inputs == 0) {
        next.run(sums, gates, mine.address(), width(), c(row), h(row));
      } else {
        for (int gate = 0; gate < GateWeights.GATES; gate++) {
          copy(mine, gate * width(), inputs + gate * weights.stateBytes());
        }
        next.run(sums, gates, inputs, weights.stateBytes(), c(row), h(row));
      }
      MemorySegment.copy(ALL, h(row), output, offset + row * stride, width());
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
