package dev.microtome.tensor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What shape-only tensors answer for operations libtorch's meta device can't run. Most are told by
/// an operation it can run: `where` has the shape and dtype of a sum, `isnan` those of a
/// comparison.
final class ShapeRules {
  private static final Map<String, ShapeRule> RULES = new HashMap<>();

  static {
    elementwise();
    reductions();
    selections();
    NetworkShapes.addTo(RULES);
  }

  private ShapeRules() {}

  /// The answer of the rule for this operation, or null when there is none.
  static @Nullable Object answer(OpCall call) {
    ShapeRule rule = RULES.get(call.name());
    if (rule == null) {
      return null;
    }
    OpCall shapes = shapes(call);
    try {
      return rule.answer(shapes);
    } catch (TorchException refused) {
      throw refused(shapes, refused.reason());
    }
  }

  /// The call with every tensor's shape in place of the tensor.
  static OpCall shapes(OpCall call) {
    return new OpCall(call.name(), Values.map(call.args(), ShapeOnly::of));
  }

  static TorchException refused(OpCall call, String reason) {
    return new TorchException(call, new IllegalArgumentException(reason));
  }

  /// Argument `index`, which must be a tensor.
  static Tensor tensor(OpCall call, int index) {
    return (Tensor) Objects.requireNonNull(call.arg(index));
  }

  /// The result is like argument 0.
  static Tensor like(OpCall call) {
    return tensor(call, 0).emptyLike();
  }

  /// The first argument's dtype in another shape.
  static Tensor sized(Tensor example, long... shape) {
    return Ops.tensor("aten::new_empty", example, shape);
  }

  private static void elementwise() {
    for (String name :
        List.of(
            "relu",
            "relu6",
            "hardtanh",
            "hardswish",
            "log_sigmoid",
            "nan_to_num",
            "flip",
            "roll",
            "logcumsumexp",
            "prelu")) {
      RULES.put("aten::" + name, ShapeRules::like);
    }
    for (String name : List.of("abs_", "nan_to_num_", "logical_not_")) {
      RULES.put("aten::" + name, call -> call.arg(0));
    }
    for (String name : List.of("isnan", "isinf", "isfinite", "logical_not")) {
      RULES.put("aten::" + name, call -> tensor(call, 0).eq(0));
    }
    for (String name : List.of("isclose", "logical_and", "logical_or", "logical_xor")) {
      RULES.put("aten::" + name, call -> tensor(call, 0).eq(tensor(call, 1)));
    }
    RULES.put("aten::abs", ShapeRules::abs);
    RULES.put("aten::logit", call -> tensor(call, 0).sigmoid());
    RULES.put("aten::floor_divide", call -> sum(call.arg(0), call.arg(1)));
    RULES.put("aten::rsub", call -> sum(call.arg(0), call.arg(1)));
    RULES.put("aten::remainder", ShapeRules::remainder);
    RULES.put("aten::floor_divide_", ShapeRules::floorDivideInPlace);
    RULES.put("aten::where", ShapeRules::where);
  }

  private static Tensor abs(OpCall call) {
    return tensor(call, 0).dtype().isComplex()
        ? Ops.tensor("aten::view_as_real", call.arg(0)).select(-1, 0)
        : like(call);
  }

  private static Tensor sum(@Nullable Object a, @Nullable Object b) {
    return a instanceof Tensor ? Ops.tensor("aten::add", a, b) : Ops.tensor("aten::add", b, a);
  }

  private static @Nullable Object remainder(OpCall call) {
    return call.arg(0) instanceof Number ? sum(call.arg(0), call.arg(1)) : null;
  }

  private static @Nullable Object floorDivideInPlace(OpCall call) {
    Ops.call("aten::add_", call.arg(0), call.arg(1));
    return call.arg(0);
  }

  private static @Nullable Object where(OpCall call) {
    if (call.args().size() == 1) {
      return null; // nonzero: known only from the numbers
    }
    Tensor condition = tensor(call, 0);
    Object a = call.arg(1);
    Object b = call.arg(2);
    return a instanceof Number && b instanceof Number
        ? Ops.tensor("aten::add", Ops.tensor("aten::mul", condition, a), b)
        : sum(a, b).mul(condition);
  }

  private static void reductions() {
    RULES.put("aten::max", ShapeRules::extreme);
    RULES.put("aten::min", ShapeRules::extreme);
    RULES.put("aten::median", call -> call.args().size() == 1 ? one(call) : alongDim(call, 1));
    RULES.put("aten::mode", call -> alongDim(call, 1));
    RULES.put("aten::kthvalue", ShapeRules::kthvalue);
    RULES.put("aten::cummax", call -> Ops.call("aten::sort", call.arg(0), call.arg(1)));
    RULES.put("aten::cummin", call -> Ops.call("aten::sort", call.arg(0), call.arg(1)));
    RULES.put("aten::prod", ShapeRules::prod);
    RULES.put("aten::trace", call -> tensor(call, 0).diagonal(0, 0, 1).sum());
    RULES.put("aten::nansum", call -> Ops.call(new OpCall("aten::sum", call.args())));
    RULES.put("aten::nanmean", call -> Ops.call(new OpCall("aten::mean", call.args())));
    RULES.put("aten::logsumexp", call -> mean(call, 2));
    RULES.put("aten::std", ShapeRules::spread);
    RULES.put("aten::var", ShapeRules::spread);
    RULES.put("aten::count_nonzero", ShapeRules::countNonzero);
    RULES.put("aten::quantile", ShapeRules::quantile);
    RULES.put("aten::histc", call -> sized(tensor(call, 0), whole(call, 1, 100)));
    RULES.put("aten::dot", ShapeRules::dot);
    RULES.put("aten::logdet", call -> tensor(call, 0).select(-1, 0).select(-1, 0));
  }

  private static long whole(OpCall call, int index, long otherwise) {
    return call.arg(index) instanceof Number number ? number.longValue() : otherwise;
  }

  private static Tensor one(OpCall call) {
    return Ops.tensor("aten::amax", call.arg(0));
  }

  private static @Nullable Object extreme(OpCall call) {
    return call.args().size() == 1 ? one(call) : null; // other overloads run on the meta device
  }

  private static @Nullable Object alongDim(OpCall call, int dim) {
    Object keepdim = Boolean.TRUE.equals(call.arg(dim + 1));
    return Ops.call("aten::max", call.arg(0), whole(call, dim, -1), keepdim);
  }

  private static @Nullable Object kthvalue(OpCall call) {
    Tensor self = tensor(call, 0);
    long dim = whole(call, 2, -1);
    long k = whole(call, 1, 1);
    if (self.dim() > 0 && (k < 1 || k > self.size((int) dim))) {
      throw refused(call, "kthvalue(): selected number k out of range for dimension " + dim);
    }
    return alongDim(call, 2);
  }

  private static @Nullable Object prod(OpCall call) {
    return call.arg(1) instanceof Number
        ? null
        : Ops.call(new OpCall("aten::sum", call.args())); // the same dtype: int64 for integers
  }

  /// `(self, dims, keepdim)`, with `keepdim` at `keep`; real results for integers too.
  private static Tensor mean(OpCall call, int keep) {
    Tensor self = tensor(call, 0);
    Tensor real = self.dtype().isFloatingPoint() ? self : self.to(DType.FLOAT32);
    return Ops.tensor("aten::mean", real, call.arg(1), Boolean.TRUE.equals(call.arg(keep)), null);
  }

  private static Tensor spread(OpCall call) {
    if (!tensor(call, 0).dtype().isFloatingPoint()) {
      throw refused(call, "std and var only support floating point and complex dtypes");
    }
    return call.arg(1) instanceof long[] ? mean(call, 3) : tensor(call, 0).mean();
  }

  private static Tensor countNonzero(OpCall call) {
    Object dims = call.arg(1) instanceof Number dim ? new long[] {dim.longValue()} : call.arg(1);
    return Ops.tensor("aten::sum", call.arg(0), dims, false, DType.INT64);
  }

  private static Tensor quantile(OpCall call) {
    Tensor reduced =
        call.arg(2) instanceof Number dim
            ? tensor(call, 0).amax(dim.longValue(), Boolean.TRUE.equals(call.arg(3)))
            : tensor(call, 0).amax(new long[0], Boolean.TRUE.equals(call.arg(3)));
    if (call.arg(1) instanceof Tensor many && many.dim() == 1) {
      long[] shape = new long[reduced.dim() + 1];
      shape[0] = many.numel();
      System.arraycopy(reduced.shape().dims(), 0, shape, 1, shape.length - 1);
      return sized(reduced, shape);
    }
    return reduced;
  }

  private static Tensor dot(OpCall call) {
    Tensor a = tensor(call, 0);
    Tensor b = tensor(call, 1);
    if (a.dim() != 1 || b.dim() != 1 || a.numel() != b.numel()) {
      throw refused(
          call,
          "dot: expected two vectors of one size, got %s and %s".formatted(a.shape(), b.shape()));
    }
    return a.mul(b).sum();
  }

  private static void selections() {
    RULES.put("aten::index_select", ShapeRules::indexSelect);
    RULES.put("aten::embedding", ShapeRules::embedding);
    RULES.put("aten::take", call -> sized(tensor(call, 0), tensor(call, 1).shape().dims()));
    RULES.put("aten::bucketize", call -> positions(call, call.arg(0)));
    RULES.put("aten::searchsorted", call -> positions(call, call.arg(1)));
    RULES.put("aten::multinomial", ShapeRules::multinomial);
    RULES.put("aten::rot90", ShapeRules::rot90);
  }

  private static Tensor positions(OpCall call, @Nullable Object values) {
    DType dtype = Boolean.TRUE.equals(call.arg(2)) ? DType.INT32 : DType.INT64;
    return ShapeOnly.of(values instanceof Tensor many ? many.shape() : new Shape(), dtype);
  }

  private static Tensor indexSelect(OpCall call) {
    Tensor self = tensor(call, 0);
    Tensor index = tensor(call, 2);
    if (index.dim() > 1) {
      throw refused(call, "index_select(): Index is supposed to be a vector");
    }
    long[] shape = self.shape().dims();
    if (shape.length > 0) {
      int dim = (int) whole(call, 1, 0);
      self.size(dim); // refuses a dimension out of range
      shape[dim < 0 ? dim + shape.length : dim] = index.numel();
    }
    return sized(self, shape);
  }

  private static Tensor embedding(OpCall call) {
    Tensor table = tensor(call, 0);
    Tensor indices = tensor(call, 1);
    if (table.dim() != 2) {
      throw refused(call, "'weight' must be 2-D");
    }
    if (indices.dtype() != DType.INT64 && indices.dtype() != DType.INT32) {
      throw refused(call, "embedding needs int64 or int32 indices, not " + indices.dtype());
    }
    long[] at = indices.shape().dims();
    long[] shape = java.util.Arrays.copyOf(at, at.length + 1);
    shape[at.length] = table.size(1);
    return sized(table, shape);
  }

  private static Tensor multinomial(OpCall call) {
    long[] shape = tensor(call, 0).shape().dims();
    if (shape.length != 1 && shape.length != 2) {
      throw refused(call, "prob_dist must be 1 or 2 dim");
    }
    shape[shape.length - 1] = whole(call, 1, 1);
    return ShapeOnly.of(new Shape(shape), DType.INT64);
  }

  private static Tensor rot90(OpCall call) {
    long[] dims = call.arg(2) instanceof long[] given ? given : new long[] {0, 1};
    return whole(call, 1, 1) % 2 == 0
        ? like(call)
        : tensor(call, 0).transpose(dims[0], dims[1]).emptyLike();
  }
}
