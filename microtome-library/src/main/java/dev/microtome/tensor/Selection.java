package dev.microtome.tensor;

import java.util.List;

/// A subscripted tensor, `x.at(":", 0)`, that can be read or assigned to: `x.at(":", 0).set(0)`.
///
/// A named place to write, because Java has no `x[:, 0] = 0`. Assignment is in place and
/// broadcasts.
public record Selection(Tensor tensor, List<Index> index) {
  /// The selected values: a view when the subscript has no tensors, as in PyTorch.
  public Tensor get() {
    return Ops.tensor("getitem", tensor, index);
  }

  /// Writes `value`, broadcast to the selection; returns the whole tensor.
  public Tensor set(Tensor value) {
    Ops.call("setitem", tensor, index, value);
    return tensor;
  }

  /// Writes one number everywhere in the selection; returns the whole tensor.
  public Tensor set(Number value) {
    Ops.call("setitem", tensor, index, value);
    return tensor;
  }
}
