/// Floor 2: look inside a run of a network and change it.
///
/// Start with [dev.microtome.trace.Model] and [dev.microtome.trace.Trace]. A trace records what is
/// asked as a [dev.microtome.trace.Graph] of [dev.microtome.trace.Node]s over
/// [dev.microtome.trace.Deferred] tensors; the [dev.microtome.trace.Interleaver] answers it
/// alongside the network's own computation, through hooks on just the layers that were named.
@NullMarked
package dev.microtome.trace;

import org.jspecify.annotations.NullMarked;
