/// Floor 2: adapters. A frozen layer gets a small trainable product of two matrices beside it
/// (LoRA, rsLoRA) and a trainable length for each of its outputs (DoRA), with PEFT's formulas and
/// files.
///
/// Start with [dev.microtome.adapt.Lora], then [dev.microtome.adapt.AdaptedLinear].
@NullMarked
package dev.microtome.adapt;

import org.jspecify.annotations.NullMarked;
