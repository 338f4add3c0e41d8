/// Floor 2, part of dynamic quantization: which layer takes which form. How much each layer suffers
/// when it alone is quantized, and the smallest network within a budget of loss. Start reading at
/// [dev.microtome.dynamic.choice.Sensitivity].
@NullMarked
package dev.microtome.dynamic.choice;

import org.jspecify.annotations.NullMarked;
