package dev.microtome.tensor;

import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.bytedeco.pytorch.Node;

/// How much a tensor keeps alive for its backward pass.
///
/// @param operations how many operations the tensor was computed by, counted up to a hundred
///   thousand
/// @param bytes the sizes of all their results together: about what is held, since an operation may
///   keep less than its result, or its inputs
public record GraphSize(int operations, long bytes) {
  private static final int MOST = 100_000;

  /// The graph behind `tensor`; nothing for a leaf.
  public static GraphSize of(Tensor tensor) {
    DenseTensor dense = tensor.dense();
    var open = new ArrayDeque<Node>();
    Set<Long> seen = new HashSet<>();
    try {
      add(dense.handle().grad_fn(), open, seen);
      int operations = 0;
      long bytes = 0;
      while (!open.isEmpty() && operations < MOST) {
        try (Node node = open.remove()) {
          var edges = node.next_edges();
          if (edges.size() > 0) { // the others stand for leaves, which live anyway
            operations++;
            bytes += resultBytes(node);
          }
          for (long i = 0; i < edges.size(); i++) {
            add(edges.get(i).function(), open, seen);
          }
        }
      }
      return new GraphSize(operations, bytes);
    } finally {
      open.forEach(Node::close);
      Reference.reachabilityFence(dense);
    }
  }

  private static void add(Node node, ArrayDeque<Node> open, Set<Long> seen) {
    if (node != null && !node.isNull() && seen.add(node.address())) {
      open.add(node);
    }
  }

  // A node's inputs are the gradients of its operation's results, of the same shapes.
  private static long resultBytes(Node node) {
    long bytes = 0;
    for (int i = 0; i < node.num_inputs(); i++) {
      var result = node.input_metadata(i);
      if (result.was_default_constructed()) {
        continue; // a result nobody used
      }
      long numbers = result.dtype().itemsize();
      var dims = result.shape_as_dim_vector();
      for (long d = 0; d < dims.size(); d++) {
        numbers *= dims.get(d).as_int_unchecked();
      }
      bytes += numbers;
    }
    return bytes;
  }
}
