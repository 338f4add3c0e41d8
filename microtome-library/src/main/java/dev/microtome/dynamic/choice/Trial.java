package dev.microtome.dynamic.choice;

/// What happens when one layer alone takes one form.
///
/// @param choice its name
/// @param bytes of the weights in that form
/// @param weights what rounding took from them
/// @param outputs what the layer's outputs lost by it, over all data
/// @param lossChange of the network
public record Trial(String choice, long bytes, Noise weights, Noise outputs, double lossChange) {}
