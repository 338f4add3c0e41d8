package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Results whose size depends on numbers, as large as they can be: a mask that takes everything.
/// Where numbers may ask for any size (`bincount`, a `one_hot` without a number of classes,
/// `repeat_interleave` by a tensor) there is nothing to be told.
final class LargestResults {
  private LargestResults() {}

  /// The largest result of `call`, whose tensors are shapes; null when its size does not depend on
  /// numbers.
  static @Nullable Object of(OpCall call) {
    return switch (call.name()) {
      case "aten::nonzero" ->
          call.arg(0) instanceof Tensor self ? positions(self, self.dim()) : null;
      case "aten::where" ->
          call.args().size() == 1 && call.arg(0) instanceof Tensor self
              ? Collections.nCopies(Math.max(1, self.dim()), positions(self))
              : null;
      case "aten::_unique2" -> call.arg(0) instanceof Tensor self ? unique(self) : null;
      case "aten::masked_select" ->
          call.arg(0) instanceof Tensor self && call.arg(1) instanceof Tensor mask
              ? Ops.call("aten::flatten", Ops.tensor("aten::mul", self, mask))
              : null;
      case "getitem" -> picked(call);
      default -> null;
    };
  }

  private static Tensor positions(Tensor mask, long... more) {
    long[] shape = new long[1 + more.length];
    shape[0] = mask.numel();
    System.arraycopy(more, 0, shape, 1, more.length);
    return ShapeOnly.of(new Shape(shape), DType.INT64);
  }

  private static List<Tensor> unique(Tensor self) {
    Tensor counts = positions(self);
    return List.of(
        Ops.tensor("aten::new_empty", self, new long[] {self.numel()}),
        ShapeOnly.of(self.shape(), DType.INT64),
        counts);
  }

  /// A subscript with each mask taken for the positions of all its elements.
  private static @Nullable Object picked(OpCall call) {
    if (!(call.arg(1) instanceof List<?> parts)) {
      return null;
    }
    var all = new ArrayList<@Nullable Object>();
    boolean masked = false;
    for (Object part : parts) {
      if (part instanceof Index.By(Tensor mask)
          && (mask.dtype() == DType.BOOL || mask.dtype() == DType.UINT8)
          && mask.dim() > 0) {
        masked = true;
        all.addAll(Collections.nCopies(mask.dim(), new Index.By(positions(mask))));
      } else {
        all.add(part);
      }
    }
    return masked ? Ops.call("getitem", call.arg(0), all) : null;
  }
}
