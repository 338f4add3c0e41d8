/// Floor 1: networks. Layers are typed functions with parameters, slots are the places where one
/// may be exchanged for another; around them PyTorch's layers, losses, optimizers and files.
///
/// Start with [dev.microtome.nn.Layer], then [dev.microtome.nn.Slot].
@NullMarked
package dev.microtome.nn;

import org.jspecify.annotations.NullMarked;
