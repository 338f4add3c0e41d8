/// Floor 2: products with weights of few bits, without ever writing the weight out.
///
/// Start with [dev.microtome.lowbit.kernel.KernelWeight], then
/// [dev.microtome.lowbit.kernel.TileLayout], how codes lie in memory. Each kernel has a readable
/// twin, such as `ScalarForward`; the kernels themselves are written as instructions of the Vector
/// API at run time (`VectorCode` says why), one for each number of bits and rows of x.
@NullMarked
package dev.microtome.lowbit.kernel;

import org.jspecify.annotations.NullMarked;
