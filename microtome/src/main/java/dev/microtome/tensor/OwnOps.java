package dev.microtome.tensor;

import java.util.List;
import org.bytedeco.pytorch.EllipsisIndexType;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Slice;
import org.bytedeco.pytorch.SymInt;
import org.bytedeco.pytorch.SymIntOptional;
import org.bytedeco.pytorch.TensorIndex;
import org.bytedeco.pytorch.TensorIndexVector;
import org.jspecify.annotations.Nullable;

/// The three operations that are not in libtorch's dispatcher: `getitem`, `setitem`, `backward`.
final class OwnOps {
  private OwnOps() {}

  static @Nullable Object run(OpCall call) {
    if (call.name().equals("backward")) {
      Autograd.runBackward(call); // exceptions of hooks pass as they are
      return null;
    }
    try {
      switch (call.name()) {
        case "getitem":
          return getItem(call);
        case "setitem":
          setItem(call);
          return null;
        default:
          throw new IllegalArgumentException(
              "'" + call.name() + "' is no operation; libtorch's are written aten::name");
      }
    } catch (IllegalStateException | IllegalArgumentException | TorchException own) {
      throw own;
    } catch (RuntimeException refused) {
      throw new TorchException(call, refused);
    }
  }

  private static Tensor getItem(OpCall call) {
    try (var indices = indices(call)) {
      return DenseTensor.own(self(call).handle().index(indices));
    }
  }

  private static void setItem(OpCall call) {
    DenseTensor self = self(call);
    try (var indices = indices(call)) {
      switch (call.arg(2)) {
        case DenseTensor value -> self.handle().index_put_(indices, value.handle());
        case Number number -> {
          try (var scalar = scalar(number)) {
            self.handle().index_put_(indices, scalar);
          }
        }
        case null, default ->
            throw new IllegalArgumentException("assign a tensor or a number, not " + call.arg(2));
      }
    }
  }

  private static Scalar scalar(Number number) {
    return number instanceof Double || number instanceof Float
        ? new Scalar(number.doubleValue())
        : new Scalar(number.longValue());
  }

  private static DenseTensor self(OpCall call) {
    if (call.arg(0) instanceof DenseTensor dense) {
      return dense;
    }
    throw new IllegalArgumentException(call.name() + " needs a tensor, got " + call.arg(0));
  }

  private static TensorIndexVector indices(OpCall call) {
    if (!(call.arg(1) instanceof List<?> parts)) {
      throw new IllegalArgumentException(call.name() + " needs a list of indices");
    }
    var vector = new TensorIndexVector();
    for (Object part : parts) {
      if (!(part instanceof Index index)) {
        throw new IllegalArgumentException("not an index: " + part);
      }
      try (var entry = entry(index)) {
        vector.push_back(entry);
      }
    }
    return vector;
  }

  private static TensorIndex entry(Index index) {
    return switch (index) {
      case Index.At(long position) -> new TensorIndex(position);
      case Index.Slice(Long start, Long stop, Long step) -> {
        try (var from = optional(start);
            var to = optional(stop);
            var by = optional(step);
            var slice = new Slice(from, to, by)) {
          yield new TensorIndex(slice);
        }
      }
      case Index.Ellipsis() -> new TensorIndex(new EllipsisIndexType());
      case Index.NewAxis() -> new TensorIndex();
      case Index.By(Tensor positions) -> {
        if (!(positions instanceof DenseTensor dense)) {
          throw new IllegalArgumentException("an index tensor must be dense here: " + positions);
        }
        yield new TensorIndex(dense.handle());
      }
    };
  }

  private static SymIntOptional optional(@Nullable Long value) {
    return value == null ? new SymIntOptional() : new SymIntOptional(new SymInt(value));
  }
}
