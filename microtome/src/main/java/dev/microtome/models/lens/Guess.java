package dev.microtome.models.lens;

/// A token that may come next.
///
/// @param id in the vocabulary
/// @param token its text, leading space included
/// @param probability between 0 and 1
public record Guess(long id, String token, double probability) {}
