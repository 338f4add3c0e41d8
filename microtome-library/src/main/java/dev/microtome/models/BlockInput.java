package dev.microtome.models;

import dev.microtome.tensor.Tensor;

/// What goes into a transformer block, and into its attention: the residual stream (batch, tokens,
/// width), and what the run knows. The output is the stream alone.
public record BlockInput(Tensor x, ForwardPass pass) {
  /// A sequence on its own: no padding, nothing before it.
  public BlockInput(Tensor x) {
    this(x, new ForwardPass());
  }
}
