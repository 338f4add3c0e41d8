/// Floor 2, part of dynamic quantization: activations, too, on grids that stay, found beforehand by
/// running a network over data. Linear layers and convolutions then compute with whole numbers from
/// one to the next. Start reading at [dev.microtome.dynamic.calibrated.StaticQuantization].
@NullMarked
package dev.microtome.dynamic.calibrated;

import org.jspecify.annotations.NullMarked;
