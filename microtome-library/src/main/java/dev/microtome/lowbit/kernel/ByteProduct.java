package dev.microtome.lowbit.kernel;

import dev.microtome.tensor.BlockProduct;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Products of x, rounded to bytes ([ByteActivations]), with the codes of a [KernelWeight]: sums of
/// a group are integers and exact, and then take the scales of both.
record ByteProduct(KernelWeight weight) {
  private static final int PIECE = 32 << 10; // codes that are written out at a time
  private static final int LARGEST_GROUP = 1 << 15; // else the sum of a group may not be an int
  private static final int TILE = TileLayout.TILE;

  static boolean available(TileLayout layout) {
    return BlockProduct.INT8.available() && layout.group() <= LARGEST_GROUP;
  }

  /// `x Wᵀ`, for x float32 (rows, columns), contiguous; (rows, W's rows), float32.
  Tensor forward(Tensor x) {
    TileLayout layout = weight.layout();
    int rows = (int) x.size(0);
    var y = (DenseTensor) Tensor.empty(Shape.of(rows, layout.paddedRows()), DType.FLOAT32);
    try (var arena = Arena.ofConfined()) {
      var forward =
          new Forward(
              layout,
              weight.memory(),
              WeightPieces.of(weight, PieceForm.CODES),
              Kernels.integerSums(layout, weight.scaleType()),
              ByteActivations.of(x.dense().segment(arena), rows, layout, arena),
              y.address());
      Workers.run(layout.tiles(), 1, Torch.threads(), forward::tiles);
    } finally {
      Reference.reachabilityFence(weight);
    }
    return y.narrow(1, 0, layout.rows()).contiguous();
  }

  private record Forward(
      TileLayout layout,
      WeightMemory memory,
      WeightPieces pieces,
      IntegerSumsKernel kernel,
      ByteActivations x,
      long y) {

    /// Memory of one thread: codes, integer sums, products of a tile.
    private record Space(long codes, long sums, MemorySegment products) {
      static Space of(int group, int groups, int rows, Arena arena) {
        return new Space(
            arena.allocate((long) TILE * group * groups, 64).address(),
            arena
                .allocate(4L * TILE * groups * (Math.min(rows, ByteActivations.MOST) + 1), 64)
                .address(),
            arena.allocate(4L * TILE * rows, 64));
      }
    }

    void tiles(int first, int last) {
      int most = Math.max(1, PIECE / TILE / layout.group());
      try (var arena = Arena.ofConfined()) {
        Space space = Space.of(layout.group(), most, x.rows(), arena);
        for (int tile = first; tile < last; tile++) {
          space.products.fill((byte) 0);
          for (int group = 0; group < layout.groups(); group += most) {
            int groups = Math.min(most, layout.groups() - group);
            pieces.write(tile, group, groups, space.codes, 4L * TILE);
            multiply(space, tile, group, groups);
          }
          hand(space.products, tile);
        }
      }
      BlockProduct.release();
    }

    private void multiply(Space space, int tile, int group, int groups) {
      int columns = layout.group();
      for (int row = 0; row < x.rows(); row += ByteActivations.MOST) {
        int rows = Math.min(ByteActivations.MOST, x.rows() - row);
        var sizes = new BlockProduct.Sizes(rows + 1, TILE, columns, columns, TILE, TILE);
        long sumsOfGroup = 4L * TILE * (rows + 1);
        for (int g = 0; g < groups; g++) {
          long from = x.address(layout, row, group + g);
          long codes = space.codes + (long) TILE * g * columns;
          BlockProduct.INT8.run(sizes, from, codes, space.sums + sumsOfGroup * g, false);
        }
        kernel.run(
            space.sums,
            memory.scale(tile, group),
            memory.zero(tile, group),
            x.scales(),
            x.sums(),
            row * layout.groups() + group * rows,
            space.products.address() + 4L * TILE * row,
            rows,
            groups,
            1);
      }
    }

    private void hand(MemorySegment products, int tile) {
      long bytes = 4L * TILE;
      for (int row = 0; row < x.rows(); row++) {
        long to = bytes * ((long) row * layout.tiles() + tile);
        MemorySegment.copy(products, bytes * row, Memory.ALL, y + to, bytes);
      }
    }
  }
}
