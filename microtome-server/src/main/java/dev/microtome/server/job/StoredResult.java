package dev.microtome.server.job;

/// A result that is on disk: the SHA-256 and size of its file.
public record StoredResult(String sha256, long bytes) {}
