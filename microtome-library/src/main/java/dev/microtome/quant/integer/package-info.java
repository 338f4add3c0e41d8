/// Floor 2: quantized networks in whole numbers.
///
/// Start with [dev.microtome.quant.integer.IntegerNetwork]: it takes the integers, scales, zero
/// points and requantization multipliers out of a network, shows and saves them, and computes with
/// nothing but integers, to check that hardware which does so gives the same.
@NullMarked
package dev.microtome.quant.integer;

import org.jspecify.annotations.NullMarked;
