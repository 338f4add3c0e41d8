package dev.microtome.server.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the server itself needs to know of a job; the graphs are for the worker.
///
/// @param likeness equal for jobs that cost the same
public record JobHead(
    String model, @Nullable String adapter, int priority, Duration time, Likeness likeness) {}
