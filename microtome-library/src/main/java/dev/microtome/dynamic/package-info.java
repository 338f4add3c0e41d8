/// Floor 2: dynamic quantization. Weights become whole numbers of 8 bits (or half precision), and
/// activations are quantized on the fly, call by call, with a grid that fits what just came in: no
/// calibration, no training. Start reading at [dev.microtome.dynamic.DynamicQuantization].
@NullMarked
package dev.microtome.dynamic;

import org.jspecify.annotations.NullMarked;
