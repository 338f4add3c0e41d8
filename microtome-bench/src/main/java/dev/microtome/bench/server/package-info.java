/// Floor 5: how fast a server answers: `./dev bench server`. Start with
/// [dev.microtome.bench.server.ServerBench].
@NullMarked
package dev.microtome.bench.server;

import org.jspecify.annotations.NullMarked;
