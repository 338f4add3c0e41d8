/// Floor 4: what runs jobs, the only part of the server that knows tensors. An
/// [dev.microtome.server.worker.Engine] owns a model and runs jobs on one thread; it lives in this
/// process ([dev.microtome.server.worker.InProcess]) or in one of its own, where a
/// [dev.microtome.server.worker.WorkerMain] listens to a
/// [dev.microtome.server.worker.WorkerProcess].
@NullMarked
package dev.microtome.server.worker;

import org.jspecify.annotations.NullMarked;
