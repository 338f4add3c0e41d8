package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one application of a [CustomFunction] keeps from forward to backward. Freed with the graph:
/// by a backward pass that does not retain it, or when nobody can run one any more.
public final class FunctionContext {
  private final CustomFunction function;
  private @Nullable List<DenseTensor> inputs; // known during forward only: they hold their graph
  private final boolean[] needsGrad;
  private final List<Saved> saved = new ArrayList<>();
  private boolean closed;

  /// An own handle, so that scopes and `close()` can't take it away, and its number of edits.
  private record Saved(org.bytedeco.pytorch.Tensor handle, long version) {}

  FunctionContext(CustomFunction function, List<DenseTensor> inputs, boolean[] needsGrad) {
    this.function = function;
    this.inputs = inputs;
    this.needsGrad = needsGrad;
  }

  /// Whether a gradient for input `index` will be used: no need to compute it otherwise.
  public boolean needsGrad(int index) {
    return needsGrad[index];
  }

  /// Keeps `tensors` for backward, after those saved before.
  public void save(Tensor... tensors) {
    List<DenseTensor> known = inputs;
    if (known == null) {
      throw new IllegalStateException(function.name() + " can save tensors in forward only");
    }
    for (Tensor tensor : tensors) {
      DenseTensor dense = tensor.dense();
      if (function.twiceDifferentiable() && known.stream().noneMatch(input -> input == dense)) {
        throw new IllegalArgumentException(
            function.name()
                + " is twice differentiable and may save its inputs only: gradients would be lost"
                + " through anything else");
      }
      var handle = new org.bytedeco.pytorch.Tensor(dense.handle());
      synchronized (this) {
        saved.add(new Saved(handle, handle._version()));
      }
    }
  }

  /// The tensors [#save] was given, in order.
  public List<Tensor> saved() {
    synchronized (this) {
      var tensors = new ArrayList<Tensor>(saved.size());
      for (int i = 0; i < saved.size(); i++) {
        tensors.add(open(i));
      }
      return tensors;
    }
  }

  /// The saved tensor number `index`.
  public Tensor saved(int index) {
    synchronized (this) {
      return open(index);
    }
  }

  private Tensor open(int index) {
    if (closed) {
      throw new IllegalStateException(
          "the tensors " + function.name() + " saved were freed with the graph");
    }
    Saved entry = saved.get(index);
    if (entry.handle()._version() != entry.version()) {
      throw new IllegalStateException(
          ("tensor %d saved by %s was modified in place before backward (version %d, saved at %d);"
                  + " save a copy()")
              .formatted(index, function.name(), entry.handle()._version(), entry.version()));
    }
    return DenseTensor.own(new org.bytedeco.pytorch.Tensor(entry.handle()));
  }

  void forwardDone() {
    inputs = null;
  }

  synchronized void close() {
    closed = true;
    saved.forEach(entry -> entry.handle().close());
    saved.clear();
  }
}
