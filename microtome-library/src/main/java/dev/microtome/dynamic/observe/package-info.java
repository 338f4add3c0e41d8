/// Floor 2, part of dynamic quantization: observers watch numbers go by and say which grid fits
/// them. Start reading at [dev.microtome.dynamic.observe.Observer].
@NullMarked
package dev.microtome.dynamic.observe;

import org.jspecify.annotations.NullMarked;
