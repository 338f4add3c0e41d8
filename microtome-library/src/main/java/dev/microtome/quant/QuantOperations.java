package dev.microtome.quant;

import dev.microtome.tensor.Index;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a [QuantTensor] answers to each operation: the table of those that keep it on a grid. Every
/// other one sees its value only, and gives a plain tensor.
final class QuantOperations {
  /// How an operation is answered.
  private interface Handler {
    @Nullable Object answer(OpCall call);
  }

  private static final Map<String, Handler> HANDLERS = new HashMap<>();

  static {
    Set.of(
            "relu",
            "relu6",
            "hardtanh",
            "dropout",
            "max_pool1d",
            "max_pool2d",
            "adaptive_max_pool2d",
            "max_pool2d_with_indices",
            "pad",
            "constant_pad_nd",
            "pixel_shuffle",
            "pixel_unshuffle",
            "upsample_nearest2d",
            "view",
            "view_as",
            "reshape",
            "reshape_as",
            "flatten",
            "squeeze",
            "unsqueeze",
            "contiguous",
            "alias",
            "detach",
            "clone")
        .forEach(name -> HANDLERS.put("aten::" + name, QuantOperations::sameGrid));
    HANDLERS.put("aten::transpose", QuantOperations::everywhere);
    HANDLERS.put("aten::permute", QuantOperations::everywhere);
    HANDLERS.put("aten::cat", QuantArithmetic::cat);
    HANDLERS.put("aten::add", QuantArithmetic::add);
    HANDLERS.put("aten::sub", QuantArithmetic::sub);
    HANDLERS.put("aten::rsub", QuantArithmetic::rsub);
    HANDLERS.put("aten::mul", QuantArithmetic::mul);
    HANDLERS.put("aten::div", QuantArithmetic::div);
    HANDLERS.put("aten::neg", call -> QuantArithmetic.neg(self(call)));
    HANDLERS.put("aten::abs", call -> QuantArithmetic.abs(self(call)));
    HANDLERS.put("aten::positive", QuantOperations::self);
    HANDLERS.put("aten::avg_pool2d", AveragePools::fixed);
    HANDLERS.put("aten::adaptive_avg_pool2d", AveragePools::adaptive);
    HANDLERS.put("aten::embedding", QuantOperations::embedding);
    for (String name : Accumulator.OPERATIONS) {
      HANDLERS.put(name, Accumulator::answer);
    }
  }

  private QuantOperations() {}

  static @Nullable Object answer(OpCall call) {
    Handler handler = HANDLERS.get(call.name());
    if (handler != null) {
      return handler.answer(call);
    }
    refuseInPlace(call);
    return plain(call);
  }

  private static void refuseInPlace(OpCall call) {
    boolean inPlace = call.name().endsWith("_") || call.name().equals("setitem");
    if (inPlace
        && !call.name().equals("aten::requires_grad_")
        && call.arg(0) instanceof QuantTensor) {
      throw new IllegalArgumentException(
          call.name()
              + " would change the numbers of a QuantTensor and leave its grid behind; change its"
              + " value(), or use the operation that makes a new tensor");
    }
  }

  /// The operation on values.
  static @Nullable Object plain(OpCall call) {
    return Ops.call(new OpCall(call.name(), values(call.args())));
  }

  static Tensor plainTensor(OpCall call) {
    return (Tensor) java.util.Objects.requireNonNull(plain(call));
  }

  private static List<@Nullable Object> values(List<?> args) {
    var plain = new ArrayList<@Nullable Object>(args.size());
    for (Object arg : args) {
      plain.add(
          switch (arg) {
            case null -> null;
            case QuantTensor quantized -> quantized.value();
            case Index.By(QuantTensor quantized) -> new Index.By(quantized.value());
            case List<?> list -> values(list);
            default -> arg;
          });
    }
    return Collections.unmodifiableList(plain);
  }

  static QuantTensor self(OpCall call) {
    return QuantTensor.of((Tensor) java.util.Objects.requireNonNull(call.arg(0)));
  }

  /// New numbers, the same grid.
  private static @Nullable Object sameGrid(OpCall call) {
    if (!(call.arg(0) instanceof QuantTensor quantized)) {
      return plain(call);
    }
    return switch (plain(call)) {
      case Tensor value -> quantized.with(value);
      case List<?> many when many.getFirst() instanceof Tensor value -> {
        var results = new ArrayList<Object>(many);
        results.set(0, quantized.with(value));
        yield results;
      }
      case null -> null;
      case Object other -> other;
    };
  }

  /// The operation on the numbers and on whatever of the grid has as many dimensions.
  private static Object everywhere(OpCall call) {
    QuantTensor quantized = self(call);
    return new QuantTensor(
        plainTensor(call),
        alike(call, quantized, quantized.scale()),
        alike(call, quantized, quantized.zeroPoint()),
        quantized.bitWidth(),
        quantized.signed(),
        quantized.training(),
        quantized.origin());
  }

  private static Tensor alike(OpCall call, QuantTensor quantized, Tensor part) {
    if (part.dim() != quantized.dim()) {
      return part;
    }
    var args = new ArrayList<@Nullable Object>(call.args());
    args.set(0, part);
    return (Tensor)
        java.util.Objects.requireNonNull(
            Ops.call(new OpCall(call.name(), Collections.unmodifiableList(args))));
  }

  /// Rows of a quantized table.
  private static @Nullable Object embedding(OpCall call) {
    if (!(call.arg(0) instanceof QuantTensor table)) {
      return plain(call);
    }
    if (table.scale().numel() > 1 || table.zeroPoint().numel() > 1) {
      throw new IllegalArgumentException(
          "Only per-tensor quantization is supported.\nA table with a scale per channel, here %s,"
                  .formatted(table.scale().shape())
              + " gives rows of different scales; use a quantizer with one scale");
    }
    return table.with(plainTensor(call));
  }
}
