package dev.microtome.server.job;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A job somebody hands in.
///
/// @param owner the id of the key it came with
/// @param priority higher ones of the same owner go first
/// @param time how long it may run
/// @param idempotencyKey the owner's own name for this request: handed in again, it is the same job
public record Submission(
    String owner,
    String model,
    @Nullable String adapter,
    int priority,
    Duration time,
    Payload payload,
    @Nullable String idempotencyKey) {}
