package dev.microtome.dynamic.kernel;

import static dev.microtome.dynamic.kernel.Memory.LANES;
import static dev.microtome.dynamic.kernel.Memory.VECTOR;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The 8-bit matrix that takes an LSTM layer's hidden state to its four gates, in the order in
/// which [GateSums] reads it.
///
/// A tile is `2 · LANES` units with all four gates. In it lie, for each pair of hidden numbers k
/// and k + 1 and each gate, one vector of bytes: the weights of k and of k + 1 of a unit side by
/// side, as one 16-bit number. Even 16-bit numbers are the first half of the tile's units, odd ones
/// the second, because sums are split that way. Bytes are weights + 128, so that they have no sign;
/// the size is filled up with weights of 0.
public final class GateWeights {
  static final int GATES = 4;
  static final int OFFSET = 128;

  /// Sums of so many products of 255 and 128 fit 31 bits.
  private static final int WIDEST = 1 << 15;

  final int hidden;
  final int pairs;
  final int tiles;
  private final MemorySegment bytes;
  private final MemorySegment rows;

  private GateWeights(int hidden) {
    this.hidden = hidden;
    pairs = (hidden + 1) / 2;
    tiles = Math.ceilDiv(hidden, 2 * LANES);
    bytes = Arena.ofAuto().allocate(tileBytes() * tiles, VECTOR);
    bytes.fill((byte) OFFSET);
    rows = Arena.ofAuto().allocate(3 * sumBytes(), VECTOR);
  }

  /// Whether there are loops for a state of this width.
  public static boolean fits(long hidden) {
    return hidden >= 1 && hidden <= WIDEST;
  }

  /// Lays out a matrix.
  ///
  /// @param numbers the whole numbers (4 · hidden, hidden), int8
  /// @param scales one for all or one for each row
  /// @param bias (4 · hidden)
  public static GateWeights of(Tensor numbers, Tensor scales, Tensor bias) {
    int hidden = Math.toIntExact(numbers.size(1));
    if (!fits(hidden) || numbers.size(0) != (long) GATES * hidden || numbers.dim() != 2) {
      throw new IllegalArgumentException(
          "an LSTM's hidden weights are (4 · hidden, hidden), got " + numbers.shape());
    }
    var weights = new GateWeights(hidden);
    byte[] from = numbers.toBytes();
    float[] scale = scales.to(DType.FLOAT32).toFloats();
    float[] start = bias.to(DType.FLOAT32).toFloats();
    for (int row = 0; row < GATES * hidden; row++) {
      weights.put(row, from, scale[scale.length == 1 ? 0 : row], start[row]);
    }
    return weights;
  }

  private void put(int row, byte[] from, float scale, float bias) {
    int gate = row / hidden;
    int unit = row % hidden;
    int tile = unit / (2 * LANES);
    int within = unit % (2 * LANES);
    int half = within / LANES;
    int place = 2 * (within % LANES) + half; // among the 16-bit numbers of a vector
    long at = tile * tileBytes() + (long) gate * VECTOR + 2L * place;
    int sum = 0;
    for (int k = 0; k < hidden; k++) {
      byte weight = from[row * hidden + k];
      sum += weight;
      long pair = at + (long) (k / 2) * GATES * VECTOR;
      bytes.set(ValueLayout.JAVA_BYTE, pair + k % 2, (byte) (weight + OFFSET));
    }
    long index = (tile * GATES + gate) * 2L * LANES + within;
    rows.set(ValueLayout.JAVA_INT, 4 * index, sum);
    rows.set(ValueLayout.JAVA_FLOAT, sumBytes() + 4 * index, scale);
    rows.set(ValueLayout.JAVA_FLOAT, 2 * sumBytes() + 4 * index, bias);
  }

  /// Bytes of a tile.
  long tileBytes() {
    return (long) pairs * GATES * VECTOR;
  }

  /// Bytes of 32-bit numbers, one for each gate of each unit: by tile, gate, unit.
  long sumBytes() {
    return (long) tiles * GATES * 2 * VECTOR;
  }

  /// Bytes of 32-bit numbers, one for each unit.
  long stateBytes() {
    return (long) tiles * 2 * VECTOR;
  }

  long bytes() {
    return bytes.address();
  }

  /// The sums of the weights of each gate of each unit, whole numbers; behind them the scales, then
  /// the biases.
  long rows() {
    return rows.address();
  }
}
