/// Floor 0: values and operations. The only package that imports `org.bytedeco`.
///
/// Start with [dev.microtome.tensor.Tensor]; everything an operation does passes through
/// [dev.microtome.tensor.Ops], the one door.
@NullMarked
package dev.microtome.tensor;

import org.jspecify.annotations.NullMarked;
