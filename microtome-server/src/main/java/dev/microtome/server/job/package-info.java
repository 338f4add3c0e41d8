/// Floor 4: what a job is, the states it goes through, what may go wrong, and the limits it is held
/// to. Plain values; start with [dev.microtome.server.job.Job].
@NullMarked
package dev.microtome.server.job;

import org.jspecify.annotations.NullMarked;
