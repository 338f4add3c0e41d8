package dev.microtome.dynamic;

/// What became of one layer.
///
/// @param path where it is
/// @param kind its type as printed
/// @param quantized whether it was exchanged
/// @param reason the config and engine, or why it stayed as it was
/// @param bytes of its weights before, in float32 or whatever they were
/// @param bytesAfter of its weights as they are stored now
public record Outcome(
    String path, String kind, boolean quantized, String reason, long bytes, long bytesAfter) {}
