package dev.microtome.lowbit.kernel;

import java.lang.foreign.MemorySegment;

/// Addresses inside a [KernelWeight], which has checked that its memory has the sizes its layout
/// says. Whoever uses addresses keeps the weight reachable.
record WeightMemory(
    TileLayout layout,
    ScaleType scales,
    MemorySegment words,
    MemorySegment scale,
    MemorySegment zero) {

  /// The codes of one group in one tile.
  long words(int tile, int group) {
    return words.address() + layout.groupBytes() * index(tile, group);
  }

  long scale(int tile, int group) {
    return scale.address() + scales.groupBytes() * index(tile, group);
  }

  long zero(int tile, int group) {
    return zero.address() + scales.groupBytes() * index(tile, group);
  }

  private long index(int tile, int group) {
    return (long) tile * layout.groups() + group;
  }
}
