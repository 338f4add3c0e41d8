/// Floor 5: broken input, made by changing sound input, for everything that reads what others
/// wrote: `./dev fuzz`. Start with [dev.microtome.bench.fuzz.Fuzz].
@NullMarked
package dev.microtome.bench.fuzz;

import org.jspecify.annotations.NullMarked;
