package dev.microtome.tensor.pickle;

import dev.microtome.tensor.Tensor;

/// A tensor that is written as a `torch.nn.Parameter` which wants a gradient. On reading it is a
/// tensor.
public record ParameterValue(Tensor tensor) {}
