/// Replays recorded goldens through the public API and counts what agrees.
///
/// Start with [dev.microtome.bench.golden.Golden], the command; each family of goldens is a class
/// beside it.
@NullMarked
package dev.microtome.bench.golden;

import org.jspecify.annotations.NullMarked;
