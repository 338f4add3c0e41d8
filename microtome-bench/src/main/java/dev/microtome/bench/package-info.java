/// Floor 5: what is measured, and how.
///
/// Start with [dev.microtome.bench.Bench], the command; each [dev.microtome.bench.Benchmark] is a
/// class beside it, measured by [dev.microtome.bench.Rounds].
@NullMarked
package dev.microtome.bench;

import org.jspecify.annotations.NullMarked;
