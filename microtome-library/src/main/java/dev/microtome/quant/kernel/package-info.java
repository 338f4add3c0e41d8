/// Floor 2: loops over numbers in memory that do in one pass what libtorch's operations take ten
/// for.
///
/// [dev.microtome.quant.kernel.GridLoops] rounds to a grid and back,
/// [dev.microtome.quant.kernel.Largest] finds percentiles near the end. Both need the Vector API;
/// `quant` asks whether they can be used, and goes by libtorch's operations where not.
@NullMarked
package dev.microtome.quant.kernel;

import org.jspecify.annotations.NullMarked;
