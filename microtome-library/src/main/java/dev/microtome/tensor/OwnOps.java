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
    DenseTensor self = self(call);
    List<Index> parts = parts(call);
    try (var indices = vector(parts)) {
      return DenseTensor.own(withNewAxes(self, parts).handle().index(indices));
    }
  }

  private static void setItem(OpCall call) {
    List<Index> parts = parts(call);
    DenseTensor self = withNewAxes(self(call), parts);
    try (var indices = vector(parts)) {
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

  private static List<Index> parts(OpCall call) {
    if (!(call.arg(1) instanceof List<?> parts)) {
      throw new IllegalArgumentException(call.name() + " needs a list of indices");
    }
    return parts.stream().map(OwnOps::index).toList();
  }

  private static Index index(@Nullable Object part) {
    if (part instanceof Index index) {
      return index;
    }
    throw new IllegalArgumentException("not an index: " + part);
  }

  /// `self` with the subscript's new axes, which the subscript then takes whole. An index for a new
  /// axis made from Java holds undefined memory.
  private static DenseTensor withNewAxes(DenseTensor self, List<Index> parts) {
    Tensor widened = self;
    int dim = 0;
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) instanceof Index.NewAxis) {
        widened = widened.unsqueeze(dim);
      }
      dim +=
          parts.get(i) instanceof Index.Ellipsis
              ? self.dim()
                  - consumed(parts.subList(0, i))
                  - consumed(parts.subList(i, parts.size()))
              : consumed(parts.subList(i, i + 1)) + (parts.get(i) instanceof Index.NewAxis ? 1 : 0);
    }
    return widened.dense();
  }

  /// Dimensions of the indexed tensor that `parts` speak about.
  private static int consumed(List<Index> parts) {
    int dims = 0;
    for (Index part : parts) {
      dims +=
          switch (part) {
            case Index.At _, Index.Slice _ -> 1;
            case Index.Ellipsis _, Index.NewAxis _ -> 0;
            case Index.By(Tensor positions) ->
                positions.dtype() == DType.BOOL || positions.dtype() == DType.UINT8
                    ? positions.dim()
                    : 1;
          };
    }
    return dims;
  }

  private static TensorIndexVector vector(List<Index> parts) {
    var vector = new TensorIndexVector();
    for (Index part : parts) {
      try (var entry = entry(part)) {
        vector.push_back(entry);
      }
    }
    return vector;
  }

  private static TensorIndex entry(Index index) {
    return switch (index) {
      case Index.At(long position) -> new TensorIndex(position);
      case Index.Slice(Long start, Long stop, Long step) -> slice(start, stop, step);
      case Index.NewAxis() -> slice(null, null, null);
      case Index.Ellipsis() -> {
        try (var ellipsis = new EllipsisIndexType()) {
          yield new TensorIndex(ellipsis);
        }
      }
      case Index.By(Tensor positions) -> {
        if (!(positions instanceof DenseTensor dense)) {
          throw new IllegalArgumentException("an index tensor must be dense here: " + positions);
        }
        yield new TensorIndex(dense.handle());
      }
    };
  }

  private static TensorIndex slice(@Nullable Long start, @Nullable Long stop, @Nullable Long step) {
    try (var from = optional(start);
        var to = optional(stop);
        var by = optional(step);
        var slice = new Slice(from, to, by)) {
      return new TensorIndex(slice);
    }
  }

  private static SymIntOptional optional(@Nullable Long value) {
    if (value == null) {
      return new SymIntOptional();
    }
    try (var number = new SymInt(value)) {
      return new SymIntOptional(number);
    }
  }
}
