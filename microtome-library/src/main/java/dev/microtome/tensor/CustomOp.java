package dev.microtome.tensor;

/// An operation of our own that passes the door like libtorch's: `Ops.tensor("microtome::name", …)`
/// computes it, a shape-only tensor among the arguments tells its shape, a deferred one records it.
///
/// An implementation has a constructor without arguments and is named in
/// `META-INF/services/dev.microtome.tensor.CustomOp`, so that it is known wherever its jar is. One
/// that has a gradient computes through a [CustomFunction].
public interface CustomOp {
  /// The namespace every name begins with.
  String NAMESPACE = "microtome::";

  /// `microtome::` and a name in snake case.
  String name();

  /// Computes the result. Every tensor among the arguments is dense.
  Tensor run(OpCall call);

  /// A tensor with the dtype and shape [#run] would give, or a [TorchException] where it would
  /// refuse. Every tensor among the arguments has a shape only, and operations on them cost
  /// nothing.
  Tensor shape(OpCall call);
}
