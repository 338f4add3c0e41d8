/// Floor 4: jobs kept until they are done, and their results. Start with
/// [dev.microtome.server.queue.JobQueue].
@NullMarked
package dev.microtome.server.queue;

import org.jspecify.annotations.NullMarked;
