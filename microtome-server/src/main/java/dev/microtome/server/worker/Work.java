package dev.microtome.server.worker;

import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Payload;
import java.time.Duration;

/// A job as an [Engine] gets it.
record Work(JobId id, Payload payload, Duration time) {}
