/// Floor 5: what a server promises, tried for real: processes killed, connections dropped, requests
/// broken. Start with [dev.microtome.bench.soak.Soak].
@NullMarked
package dev.microtome.bench.soak;

import org.jspecify.annotations.NullMarked;
