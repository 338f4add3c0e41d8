/// Floor 2: loops of our own for the part of a quantized LSTM that libtorch spends most of its time
/// around instead of in: the recurrent steps of few rows. Start reading at
/// [dev.microtome.dynamic.kernel.LstmRows].
///
/// The loops know addresses and sizes; who calls them has checked every shape.
@NullMarked
package dev.microtome.dynamic.kernel;

import org.jspecify.annotations.NullMarked;
