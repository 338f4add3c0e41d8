package dev.microtome.dynamic;

import dev.microtome.dynamic.kernel.GateWeights;
import dev.microtome.dynamic.kernel.LstmRows;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.RnnSettings;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.kernel.Vectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A quantized LSTM over few rows: inputs of a whole sequence in one product of the layer's engine,
/// the steps in loops of our own. libtorch spends most of a step of one row on what is around its
/// product.
///
/// The whole numbers and grids are those of the engines that keep 7 bits of activations; the
/// results agree as theirs do.
final class LstmLoops {
  /// With more, libtorch's products are about as fast.
  private static final long MOST_ROWS = 4;

  private final PackedStack stack;
  private final List<GateWeights> hidden;

  private LstmLoops(PackedStack stack) {
    this.stack = stack;
    hidden = stack.cells().stream().map(cell -> weights(cell.hidden())).toList();
  }

  /// The loops for a network, or null where there are none: without the Vector API, and for
  /// half-precision or 8-bit activations.
  static @Nullable LstmLoops of(PackedStack stack) {
    boolean grids = stack.cells().stream().allMatch(PackedCell::isReduced);
    return Vectors.areUsable() && grids && GateWeights.fits(stack.hiddenSize())
        ? new LstmLoops(stack)
        : null;
  }

  private static GateWeights weights(PackedLinear matrix) {
    Tensor quantized = matrix.weight();
    return GateWeights.of(
        Ops.tensor("aten::int_repr", quantized),
        WeightGrid.scales(quantized),
        Objects.requireNonNull(matrix.bias()));
  }

  /// Whether the loops are for this input: numbers, of few rows, at least one step.
  boolean take(Tensor x, Lstm.State start) {
    return x instanceof DenseTensor
        && start.h() instanceof DenseTensor
        && start.c() instanceof DenseTensor
        && x.numel() > 0
        && start.h().size(1) <= MOST_ROWS;
  }

  /// Runs all layers; shapes have been checked.
  Lstm.Output run(Tensor x, Lstm.State start) {
    RnnSettings settings = stack.settings();
    Tensor h = start.h().copy();
    Tensor c = start.c().copy();
    Tensor values = settings.batchFirst() ? x.transpose(0, 1).contiguous() : x;
    for (int layer = 0; layer < settings.layers(); layer++) {
      Tensor out = Tensor.empty(values.size(0), values.size(1), stack.outputWidth());
      for (int direction = 0; direction < settings.directions(); direction++) {
        int cell = layer * settings.directions() + direction;
        Tensor gates = stack.cells().get(cell).input().apply(values, true).contiguous();
        run(cell, gates, out, h, c);
      }
      values = out;
    }
    Tensor last = settings.batchFirst() ? values.transpose(0, 1) : values;
    return new Lstm.Output(last, new Lstm.State(h, c));
  }

  private void run(int cell, Tensor gates, Tensor out, Tensor h, Tensor c) {
    int rows = (int) gates.size(1);
    long steps = gates.size(0);
    boolean backwards = cell % stack.settings().directions() == 1;
    long stride = 4 * stack.outputWidth();
    long begin = backwards ? 4 * stack.hiddenSize() : 0;
    try (var arena = Arena.ofConfined();
        var states = new LstmRows(hidden.get(cell), rows)) {
      MemorySegment from = gates.dense().segment(arena);
      MemorySegment to = out.dense().segment(arena);
      MemorySegment hs = h.dense().segment(arena);
      MemorySegment cs = c.dense().segment(arena);
      for (int row = 0; row < rows; row++) {
        states.begin(row, state(hs, cell * rows + row), state(cs, cell * rows + row));
      }
      for (long i = 0; i < steps; i++) {
        long step = backwards ? steps - 1 - i : i;
        var grid = ActivationGrid.between(states.least(), states.greatest(), true);
        states.step(
            (float) grid.scale(),
            grid.zeroPoint(),
            from,
            step * rows * 16 * stack.hiddenSize(),
            to,
            step * rows * stride + begin,
            stride);
      }
      for (int row = 0; row < rows; row++) {
        states.end(row, state(hs, cell * rows + row), state(cs, cell * rows + row));
      }
    }
  }

  private MemorySegment state(MemorySegment states, int place) {
    long bytes = 4 * stack.hiddenSize();
    return states.asSlice(place * bytes, bytes);
  }
}
