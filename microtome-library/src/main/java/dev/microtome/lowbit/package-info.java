/// Floor 2: weights of 8 to 1 bits. A matrix is cut into groups, each group gets a scale and a
/// zero, codes are packed into bytes; layers multiply by such weights without ever having the whole
/// matrix. Bit-compatible with HQQ.
///
/// Start with [dev.microtome.lowbit.PackedWeight], then [dev.microtome.lowbit.LowBit].
@NullMarked
package dev.microtome.lowbit;

import org.jspecify.annotations.NullMarked;
