package dev.microtome.models;

/// A token that could follow.
///
/// @param id its id
/// @param text what it adds to the text
/// @param probability how likely the model holds it
public record NextToken(long id, String text, double probability) {}
