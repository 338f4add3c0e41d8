package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Products of matrices with a [KernelWeight] by the vector kernels, a few rows at a time: `x Wᵀ`
/// and `dY W` in float32.
record Product(KernelWeight weight) {
  private static final int TILES_A_PART = 4;
  private static final int COLUMNS_A_PART = 128;

  /// `x Wᵀ`, for x float32 (rows, columns), contiguous; (rows, W's rows).
  Tensor forward(Tensor x) {
    TileLayout layout = weight.layout();
    int rows = (int) x.size(0);
    var padded = (DenseTensor) Tensor.zeros(Shape.of(rows, layout.paddedRows()), DType.FLOAT32);
    var activations = Activations.of(x.dense().segment(), rows, layout);
    var kernels = new ForwardKernel[activations.blocks().length];
    for (int i = 0; i < kernels.length; i++) {
      kernels[i] = Kernels.forward(layout, weight.scaleType(), activations.blocks()[i]);
    }
    WeightMemory memory = weight.memory();
    try {
      long y = padded.segment().address();
      // With several blocks tile by tile: its words stay in the cache for the next block.
      int size = kernels.length == 1 ? TILES_A_PART : 1;
      Workers.run(
          layout.tiles(),
          size,
          Torch.threads(),
          (from, to) -> {
            int together = kernels.length == 1 ? to - from : 1;
            for (int tile = from; tile < to; tile += together) {
              blocks(kernels, activations, memory, tile, together, y);
            }
          });
    } finally {
      Reference.reachabilityFence(padded);
      Reference.reachabilityFence(weight);
    }
    return layout.rows() == layout.paddedRows()
        ? padded
        : padded.narrow(1, 0, layout.rows()).contiguous();
  }

  private void blocks(
      ForwardKernel[] kernels,
      Activations activations,
      WeightMemory memory,
      int tile,
      int tiles,
      long y) {
    TileLayout layout = weight.layout();
    long yRow = 4L * layout.paddedRows();
    int first = 0;
    for (int i = 0; i < kernels.length; i++) {
      kernels[i].run(
          memory.words(tile, 0),
          memory.scale(tile, 0),
          memory.zero(tile, 0),
          activations.x(),
          activations.sums(),
          first * layout.columns(),
          first * layout.groups(),
          y + first * yRow + 4L * TileLayout.TILE * tile,
          yRow,
          tiles,
          layout.groups(),
          layout.chunks(),
          4L * TileLayout.TILE,
          1);
      first += activations.blocks()[i];
    }
  }

  /// `dY W`, for dY float32 (rows, W's rows); (rows, columns).
  Tensor backward(Tensor dy) {
    TileLayout layout = weight.layout();
    int rows = (int) dy.size(0);
    Tensor padded = dy.pad(0, layout.paddedRows() - layout.rows()).contiguous();
    var dx = (DenseTensor) Tensor.empty(Shape.of(rows, layout.columns()), DType.FLOAT32);
    MemorySegment out = dx.segment();
    int[] blocks = Activations.blocks(rows, ForwardCode.mostRows(Kernels.lanes()));
    int groups = Math.max(1, COLUMNS_A_PART / layout.group());
    WeightMemory memory = weight.memory();
    try {
      long from = padded.dense().segment().address();
      Workers.run(
          Math.ceilDiv(layout.groups(), groups),
          1,
          Torch.threads(),
          (first, last) -> {
            for (int part = first; part < last; part++) {
              int group = part * groups;
              int count = Math.min(groups, layout.groups() - group);
              int row = 0;
              for (int block : blocks) {
                new Panel(layout, memory, group, count, row, block)
                    .run(weight.scaleType(), from, out);
                row += block;
              }
            }
          });
    } finally {
      Reference.reachabilityFence(padded);
      Reference.reachabilityFence(weight);
    }
    return dx;
  }

  /// Some groups of columns of dX, for some of its rows.
  private record Panel(
      TileLayout layout, WeightMemory memory, int group, int groups, int row, int rows) {

    void run(ScaleType scales, long dy, MemorySegment out) {
      int lanes = Kernels.lanes();
      int columns = groups * layout.group();
      long dyRow = 4L * layout.paddedRows();
      float[] sums = new float[columns * rows];
      float[] zeroSums = new float[groups * rows];
      try (var arena = Arena.ofConfined()) {
        long acc = arena.allocate(4L * lanes * sums.length, 64).address();
        long zeros = arena.allocate(4L * lanes * zeroSums.length, 64).address();
        Kernels.backward(layout, scales, rows)
            .run(
                memory.words(0, group),
                memory.scale(0, group),
                memory.zero(0, group),
                dy + row * dyRow,
                dyRow,
                acc,
                zeros,
                layout.tiles(),
                layout.groupBytes() * layout.groups(),
                (long) scales.groupBytes() * layout.groups(),
                groups,
                layout.chunks(),
                4L * TileLayout.TILE,
                1);
        Kernels.laneSums().run(acc, sums, sums.length, 1);
        Kernels.laneSums().run(zeros, zeroSums, zeroSums.length, 1);
      }
      write(sums, zeroSums, columns, out);
    }

    private void write(float[] sums, float[] zeroSums, int columns, MemorySegment out) {
      float[] factors = layout.factors();
      for (int m = 0; m < rows; m++) {
        long first = (long) (row + m) * layout.columns() + (long) group * layout.group();
        for (int k = 0; k < columns; k++) {
          float codes = sums[k * rows + m] * factors[k % TileLayout.CHUNK];
          float dx = codes - zeroSums[k / layout.group() * rows + m];
          out.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, first + k, dx);
        }
      }
    }
  }
}
