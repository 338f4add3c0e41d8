package dev.microtome.server.queue;

import dev.microtome.server.job.Job;
import dev.microtome.server.job.Payload;

/// A job that was given to a worker to run. Whoever holds it has to renew it before its lease ends,
/// or another worker may claim the job; what is reported under an old claim is ignored.
///
/// @param attempt 1 the first time the job is run
public record Claim(Job job, Payload payload, String worker, int attempt) {}
