/// Floor 0: loops of our own over native memory, for what libtorch has no fast loop for. Start
/// reading at [dev.microtome.tensor.kernel.MatVec].
///
/// The loops know addresses and sizes, no tensors: who calls them has checked every number. They
/// use Java's Vector API, which is an incubator module: [dev.microtome.tensor.kernel.Vectors] tells
/// whether this program was started with it.
@NullMarked
package dev.microtome.tensor.kernel;

import org.jspecify.annotations.NullMarked;
