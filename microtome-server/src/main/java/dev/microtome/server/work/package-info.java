/// Floor 4: between the queue and whatever runs jobs. An [dev.microtome.server.work.Executor] owns
/// a model; the dispatcher claims jobs for it, holds their leases and writes down how they end.
@NullMarked
package dev.microtome.server.work;

import org.jspecify.annotations.NullMarked;
