package dev.microtome.lowbit.kernel;

import java.lang.foreign.MemorySegment;

/// All native memory as one segment, addressed by absolute addresses.
///
/// Kernels read through this constant so that HotSpot knows its type, bounds and lifetime: a
/// segment passed as an argument costs a dozen instructions a read, and more as soon as the program
/// has met another kind of segment. It checks nothing: whoever calls a kernel has checked the sizes
/// of all memory against the shapes ([KernelWeight], [Product]) and keeps the owners reachable;
/// kernels compute addresses from shapes alone, never from the numbers they read.
final class Memory {
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}
}
