package dev.microtome.tensor.kernel;

/// How a [MatVec] of one format and layout is computed.
///
/// Loops get the bytes of a step as an argument, so that the compiler does not take them for
/// counted loops: then it adds no range checks and does not unroll, which would spill registers.
/// Nor do they call methods on vectors: those would not always be inlined, and each vector would be
/// an object.
sealed interface Product permits RowDots, LineSums {
  /// Into how many parts the work is cut for `threads` threads.
  int parts(int threads);

  /// Does part `part` of `parts`; called by several threads at once.
  void part(int part, int parts);

  /// Puts together what the parts made, on the calling thread.
  default void finish() {}
}
