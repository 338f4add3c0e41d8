package dev.microtome.tensor.pickle;

/// A constant of Python's in a checkpoint that has no Java form, `torch.per_tensor_affine` for
/// example.
public record NamedValue(String name) {}
